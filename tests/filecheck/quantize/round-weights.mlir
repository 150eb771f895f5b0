// RUN: nnopt-opt %s -p 'round-weights{data="%S/Inputs/equal.npz"}' | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>})
    -> tensor<1x1xf32> {
  %w = nn.constant {value = dense<[[127.0, 4.375, 4.375]]> : tensor<1x3xf32>} : tensor<1x3xf32>
  %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
  %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>}
      : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  func.return %h : tensor<1x1xf32>
}
// CHECK-LABEL: func.func @main
// CHECK: dense<{{\[\[}}1.270000e+02, 5.000000e+00, 4.000000e+00]]>

// RUN: nnopt-opt %s -p 'correct-bias{data="%S/Inputs/equal.npz"}' | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>})
    -> tensor<1x1xf32> {
  %w = nn.constant {value = dense<[[127.0, 4.25, 0.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
  %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
  %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>}
      : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  func.return %h : tensor<1x1xf32>
}
// CHECK-LABEL: func.func @main
// CHECK: dense<{{\[\[}}1.270000e+02, 4.250000e+00, 0.000000e+00]]>
// CHECK: dense<1.125000e+00> : tensor<1xf32>

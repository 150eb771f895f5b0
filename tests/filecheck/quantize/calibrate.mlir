// RUN: nnopt-opt %s -p 'calibrate{data="%S/Inputs/four.npz"}' | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> tensor<4xf32> {
  %y = nn.relu %x : tensor<4xf32> -> tensor<4xf32>
  func.return %y : tensor<4xf32>
}
// CHECK-LABEL: func.func @main(%x: tensor<4xf32> {nn.name = "x", nn.range = array<f64: -1.000000e+00, 2.500000e+00>}) -> tensor<4xf32> {
// CHECK-NEXT:  %y = nn.relu %x {nn.range = array<f64: 0.000000e+00, 2.500000e+00>} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:  func.return %y : tensor<4xf32>
// CHECK-NEXT:  }

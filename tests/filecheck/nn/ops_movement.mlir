// RUN: nnopt-opt %s | nnopt-opt | filecheck %s
// RUN: nnopt-opt %s --print-op-generic | nnopt-opt | filecheck %s

// CHECK-LABEL: func.func @along_axes(
// CHECK-NEXT:    %y0 = nn.reduce %x {kind = "mean", axes = array<i64: 0, -1>} : tensor<2x3x4xf32> -> tensor<1x3x1xf32>
// CHECK-NEXT:    %y1 = nn.reduce %x {kind = "max", axes = array<i64: 1>, keepdims = false} : tensor<2x3x4xf32> -> tensor<2x4xf32>
// CHECK-NEXT:    %y2 = nn.softmax %x {axis = 1 : i64} : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
// CHECK-NEXT:    %y3 = nn.batch_norm %x, %p, %p, %p, %p {epsilon = 5.000000e-01 : f32, axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
func.func @along_axes(%x: tensor<2x3x4xf32>, %p: tensor<4xf32>) {
  %y0 = nn.reduce %x {kind = "mean", axes = array<i64: 0, -1>} : tensor<2x3x4xf32> -> tensor<1x3x1xf32>
  %y1 = nn.reduce %x {kind = "max", axes = array<i64: 1>, keepdims = false} : tensor<2x3x4xf32> -> tensor<2x4xf32>
  %y2 = nn.softmax %x {axis = 1 : i64} : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  %y3 = nn.batch_norm %x, %p, %p, %p, %p {epsilon = 0.5 : f32, axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  func.return
}

// CHECK-LABEL: func.func @movement(
// CHECK-NEXT:    %y0 = nn.reshape %x : tensor<2x3xf32> -> tensor<1x6x1xf32>
// CHECK-NEXT:    %y1 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %y2 = nn.concat %x, %x, %x {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x9xf32>
// CHECK-NEXT:    %y3 = nn.pad %x {pads = array<i64: 0, 1, 2, 0>} : tensor<2x3xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    %y4 = nn.pad %i {pads = array<i64: 0, 1, 0, 1>, value = -3.000000e+00 : f32} : tensor<2x3xi8> -> tensor<2x5xi8>
// CHECK-NEXT:    %y5 = nn.pad %x {pads = array<i64: 1, 0, 0, 2>, mode = "reflect"} : tensor<2x3xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    %y6 = nn.slice %x {offsets = array<i64: 0, 2>, sizes = array<i64: 2, 2>, strides = array<i64: 1, -2>} : tensor<2x3xf32> -> tensor<2x2xf32>
// CHECK-NEXT:    %y7 = nn.broadcast %x : tensor<2x3xf32> -> tensor<4x2x3xf32>
func.func @movement(%x: tensor<2x3xf32>, %i: tensor<2x3xi8>) {
  %y0 = nn.reshape %x : tensor<2x3xf32> -> tensor<1x6x1xf32>
  %y1 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
  %y2 = nn.concat %x, %x, %x {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x9xf32>
  %y3 = nn.pad %x {pads = array<i64: 0, 1, 2, 0>} : tensor<2x3xf32> -> tensor<4x4xf32>
  %y4 = nn.pad %i {pads = array<i64: 0, 1, 0, 1>, value = -3.0 : f32} : tensor<2x3xi8> -> tensor<2x5xi8>
  %y5 = nn.pad %x {pads = array<i64: 1, 0, 0, 2>, mode = "reflect"} : tensor<2x3xf32> -> tensor<3x5xf32>
  %y6 = nn.slice %x {offsets = array<i64: 0, 2>, sizes = array<i64: 2, 2>, strides = array<i64: 1, -2>} : tensor<2x3xf32> -> tensor<2x2xf32>
  %y7 = nn.broadcast %x : tensor<2x3xf32> -> tensor<4x2x3xf32>
  func.return
}

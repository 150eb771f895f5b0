// RUN: nnopt-opt %s -p propagate-layout | filecheck %s
// RUN: nnopt-opt %s -p propagate-layout,propagate-layout | filecheck %s

// The example of the documentation.
func.func @sink(%x: tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32> {
  %s = nn.constant {value = dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>} : tensor<2x1x1xf32>
  %0 = nn.max_pool2d %x {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}
      : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>}
      : tensor<1x4x5x2xf32> -> tensor<1x2x4x5xf32>
  %2 = nn.mul %1, %s : (tensor<1x2x4x5xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x5xf32>
  %3 = nn.softmax %2 {axis = 1 : i64} : tensor<1x2x4x5xf32> -> tensor<1x2x4x5xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 0, 2, 3, 1>}
      : tensor<1x2x4x5xf32> -> tensor<1x4x5x2xf32>
  func.return %4 : tensor<1x4x5x2xf32>
}
// CHECK-LABEL: func.func @sink(%x: tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32> {
// CHECK-NEXT:    %s = nn.constant {value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %0 = nn.max_pool2d %x {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %1 = nn.mul %0, %s : (tensor<1x4x5x2xf32>, tensor<2xf32>) -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %2 = nn.softmax %1 {axis = 3 : i64} : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    func.return %2 : tensor<1x4x5x2xf32>
// CHECK-NEXT: }

// Two convolutions of a channels-first model, with a product per channel and a residual sum.
func.func @residual(%x: tensor<1x2x4x5xf32>) -> tensor<1x2x4x5xf32> {
  %w = nn.constant {value = dense<1.0> : tensor<2x1x1x2xf32>} : tensor<2x1x1x2xf32>
  %b = nn.constant {value = dense<1.0> : tensor<2xf32>} : tensor<2xf32>
  %s = nn.constant {value = dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>} : tensor<2x1x1xf32>
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x2x4x5xf32> -> tensor<1x4x5x2xf32>
  %1 = nn.conv2d %0, %w, %b : (tensor<1x4x5x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x5x2xf32>
  %2 = nn.transpose %1 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x5x2xf32> -> tensor<1x2x4x5xf32>
  %3 = nn.mul %2, %s : (tensor<1x2x4x5xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x5xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x2x4x5xf32> -> tensor<1x4x5x2xf32>
  %5 = nn.conv2d %4, %w, %b : (tensor<1x4x5x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x5x2xf32>
  %6 = nn.transpose %5 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x5x2xf32> -> tensor<1x2x4x5xf32>
  %7 = nn.add %6, %3 : (tensor<1x2x4x5xf32>, tensor<1x2x4x5xf32>) -> tensor<1x2x4x5xf32>
  func.return %7 : tensor<1x2x4x5xf32>
}
// CHECK-LABEL: func.func @residual(%x: tensor<1x2x4x5xf32>) -> tensor<1x2x4x5xf32> {
// CHECK-NEXT:    %x_1 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x2x4x5xf32> -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<2x1x1x2xf32>} : tensor<2x1x1x2xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<1.000000e+00> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %s = nn.constant {value = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %0 = nn.conv2d %x_1, %w, %b : (tensor<1x4x5x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %1 = nn.mul %0, %s : (tensor<1x4x5x2xf32>, tensor<2xf32>) -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %2 = nn.conv2d %1, %w, %b : (tensor<1x4x5x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %3 = nn.add %2, %1 : (tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>) -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %4 = nn.transpose %3 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x5x2xf32> -> tensor<1x2x4x5xf32>
// CHECK-NEXT:    func.return %4 : tensor<1x2x4x5xf32>
// CHECK-NEXT: }

// Attributes that name axes follow; the transposes end up beside the arguments.
func.func @axes(%x: tensor<1x2x4x5xf32>, %y: tensor<1x3x4x5xf32>) -> tensor<1x5x6xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x2x4x5xf32> -> tensor<1x4x5x2xf32>
  %1 = nn.max_pool2d %0 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
  %2 = nn.transpose %1 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x5x2xf32> -> tensor<1x2x4x5xf32>
  %3 = nn.concat %2, %y {axis = 1 : i64} : (tensor<1x2x4x5xf32>, tensor<1x3x4x5xf32>) -> tensor<1x5x4x5xf32>
  %4 = nn.softmax %3 {axis = 1 : i64} : tensor<1x5x4x5xf32> -> tensor<1x5x4x5xf32>
  %5 = nn.pad %4 {pads = array<i64: 0, 0, 1, 0, 0, 0, 0, 1>} : tensor<1x5x4x5xf32> -> tensor<1x5x5x6xf32>
  %6 = nn.transpose %5 {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x5x5x6xf32> -> tensor<1x5x6x5xf32>
  %7 = nn.max_pool2d %6 {kernel = array<i64: 1, 1>} : tensor<1x5x6x5xf32> -> tensor<1x5x6x5xf32>
  %8 = nn.transpose %7 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x5x6x5xf32> -> tensor<1x5x5x6xf32>
  %9 = nn.reduce %8 {kind = "mean", axes = array<i64: 2>, keepdims = false} : tensor<1x5x5x6xf32> -> tensor<1x5x6xf32>
  func.return %9 : tensor<1x5x6xf32>
}
// CHECK-LABEL: func.func @axes(%x: tensor<1x2x4x5xf32>, %y: tensor<1x3x4x5xf32>) -> tensor<1x5x6xf32> {
// CHECK-NEXT:    %y_1 = nn.transpose %y {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x3x4x5xf32> -> tensor<1x4x5x3xf32>
// CHECK-NEXT:    %x_1 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x2x4x5xf32> -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %0 = nn.max_pool2d %x_1 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x5x2xf32> -> tensor<1x4x5x2xf32>
// CHECK-NEXT:    %1 = nn.concat %0, %y_1 {axis = 3 : i64} : (tensor<1x4x5x2xf32>, tensor<1x4x5x3xf32>) -> tensor<1x4x5x5xf32>
// CHECK-NEXT:    %2 = nn.softmax %1 {axis = 3 : i64} : tensor<1x4x5x5xf32> -> tensor<1x4x5x5xf32>
// CHECK-NEXT:    %3 = nn.pad %2 {pads = array<i64: 0, 1, 0, 0, 0, 0, 1, 0>} : tensor<1x4x5x5xf32> -> tensor<1x5x6x5xf32>
// CHECK-NEXT:    %4 = nn.max_pool2d %3 {kernel = array<i64: 1, 1>} : tensor<1x5x6x5xf32> -> tensor<1x5x6x5xf32>
// CHECK-NEXT:    %5 = nn.reduce %4 {kind = "mean", axes = array<i64: 1>, keepdims = false} : tensor<1x5x6x5xf32> -> tensor<1x6x5xf32>
// CHECK-NEXT:    %6 = nn.transpose %5 {permutation = array<i64: 0, 2, 1>} : tensor<1x6x5xf32> -> tensor<1x5x6xf32>
// CHECK-NEXT:    func.return %6 : tensor<1x5x6xf32>
// CHECK-NEXT: }

// The weights after a flattening take the transpose in, through a cast and an activation.
func.func @flatten(%x: tensor<1x1x2x2xf32>) -> tensor<1x1xf32> {
  %q = nn.constant {value = dense<[[0, 1, 2, 3]]> : tensor<1x4xi8>} : tensor<1x4x!fxp.affine<i8, 0.5:0>>
  %w = fxp.dequantize %q : tensor<1x4x!fxp.affine<i8, 0.5:0>> -> tensor<1x4xf32>
  %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
  %0 = nn.max_pool2d %x {kernel = array<i64: 1, 1>} : tensor<1x1x2x2xf32> -> tensor<1x1x2x2xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x1x2x2xf32> -> tensor<1x2x1x2xf32>
  %2 = nn.reshape %1 : tensor<1x2x1x2xf32> -> tensor<1x4xf32>
  %3 = nn.relu %2 : tensor<1x4xf32> -> tensor<1x4xf32>
  %4 = nn.fully_connected %3, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  func.return %4 : tensor<1x1xf32>
}
// CHECK-LABEL: func.func @flatten(%x: tensor<1x1x2x2xf32>) -> tensor<1x1xf32> {
// CHECK-NEXT:    %b = nn.constant {value = dense<1.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %0 = nn.max_pool2d %x {kernel = array<i64: 1, 1>} : tensor<1x1x2x2xf32> -> tensor<1x1x2x2xf32>
// CHECK-NEXT:    %1 = nn.relu %0 : tensor<1x1x2x2xf32> -> tensor<1x1x2x2xf32>
// CHECK-NEXT:    %2 = nn.reshape %1 : tensor<1x1x2x2xf32> -> tensor<1x4xf32>
// CHECK-NEXT:    %q = nn.constant {value = dense<[[0, 2, 1, 3]]> : tensor<1x4xi8>} : tensor<1x4x!fxp.affine<i8, 0.5:0>>
// CHECK-NEXT:    %w = fxp.dequantize %q : tensor<1x4x!fxp.affine<i8, 0.5:0>> -> tensor<1x4xf32>
// CHECK-NEXT:    %3 = nn.fully_connected %2, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
// CHECK-NEXT:    func.return %3 : tensor<1x1xf32>
// CHECK-NEXT: }

// One-dimensional networks have a reshape inside the transposes.
func.func @signal(%x: tensor<1x2x7xf32>) -> tensor<1x2x7xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : tensor<1x2x7xf32> -> tensor<1x7x2xf32>
  %1 = nn.reshape %0 : tensor<1x7x2xf32> -> tensor<1x1x7x2xf32>
  %2 = nn.max_pool2d %1 {kernel = array<i64: 1, 1>} : tensor<1x1x7x2xf32> -> tensor<1x1x7x2xf32>
  %3 = nn.reshape %2 : tensor<1x1x7x2xf32> -> tensor<1x7x2xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 0, 2, 1>} : tensor<1x7x2xf32> -> tensor<1x2x7xf32>
  %5 = nn.relu %4 : tensor<1x2x7xf32> -> tensor<1x2x7xf32>
  %6 = nn.transpose %5 {permutation = array<i64: 0, 2, 1>} : tensor<1x2x7xf32> -> tensor<1x7x2xf32>
  %7 = nn.reshape %6 : tensor<1x7x2xf32> -> tensor<1x1x7x2xf32>
  %8 = nn.max_pool2d %7 {kernel = array<i64: 1, 1>} : tensor<1x1x7x2xf32> -> tensor<1x1x7x2xf32>
  %9 = nn.reshape %8 : tensor<1x1x7x2xf32> -> tensor<1x7x2xf32>
  %10 = nn.transpose %9 {permutation = array<i64: 0, 2, 1>} : tensor<1x7x2xf32> -> tensor<1x2x7xf32>
  func.return %10 : tensor<1x2x7xf32>
}
// CHECK-LABEL: func.func @signal(%x: tensor<1x2x7xf32>) -> tensor<1x2x7xf32> {
// CHECK-NEXT:    %x_1 = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : tensor<1x2x7xf32> -> tensor<1x7x2xf32>
// CHECK-NEXT:    %0 = nn.reshape %x_1 : tensor<1x7x2xf32> -> tensor<1x1x7x2xf32>
// CHECK-NEXT:    %1 = nn.max_pool2d %0 {kernel = array<i64: 1, 1>} : tensor<1x1x7x2xf32> -> tensor<1x1x7x2xf32>
// CHECK-NEXT:    %2 = nn.relu %1 : tensor<1x1x7x2xf32> -> tensor<1x1x7x2xf32>
// CHECK-NEXT:    %3 = nn.max_pool2d %2 {kernel = array<i64: 1, 1>} : tensor<1x1x7x2xf32> -> tensor<1x1x7x2xf32>
// CHECK-NEXT:    %4 = nn.reshape %3 : tensor<1x1x7x2xf32> -> tensor<1x7x2xf32>
// CHECK-NEXT:    %5 = nn.transpose %4 {permutation = array<i64: 0, 2, 1>} : tensor<1x7x2xf32> -> tensor<1x2x7xf32>
// CHECK-NEXT:    func.return %5 : tensor<1x2x7xf32>
// CHECK-NEXT: }

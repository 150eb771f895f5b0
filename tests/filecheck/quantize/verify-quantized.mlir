// RUN: nnopt-opt %s -p verify-quantized --split-input-file --verify-diagnostics | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>) -> tensor<4x!fxp.affine<i8, 0.25:1>> {
  %y = nn.relu %x : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<4x!fxp.affine<i8, 0.25:1>>
  func.return %y : tensor<4x!fxp.affine<i8, 0.25:1>>
}
// CHECK: func.func @main

// -----

func.func @main(%x: tensor<1x2x!fxp.affine<i8:1, {0.5:0, 0.25:0}>>) -> tensor<1x2x!fxp.affine<i8, 0.5:0>> {
  %0 = nn.relu %x : tensor<1x2x!fxp.affine<i8:1, {0.5:0, 0.25:0}>> -> tensor<1x2x!fxp.affine<i8, 0.5:0>>
  func.return %0 : tensor<1x2x!fxp.affine<i8, 0.5:0>>
}
// CHECK: (Q1) unnamed (nn.relu) has an activation with one scale per index of axis 1

// -----

func.func @main(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i32, 0.5:0>> {
  %0 = nn.relu %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2x!fxp.affine<i32, 0.5:0>>
  func.return %0 : tensor<1x2x!fxp.affine<i32, 0.5:0>>
}
// CHECK: (Q1) unnamed (nn.relu) has an activation of 32 bits

// -----

func.func @main(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>, %w: tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %b = nn.constant {value = dense<0> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>
  %0 = nn.fully_connected %x, %w, %b : (tensor<1x2x!fxp.affine<i8, 0.5:0>>, tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> loc("dense")
  func.return %0 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK: (Q2) dense (nn.fully_connected) needs quantized constant weights

// -----

func.func @main(%x: tensor<1x2x!fxp.affine<i8, 0.25:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %w = nn.constant {value = dense<0> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
  %b = nn.constant {value = dense<0> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>
  %0 = nn.fully_connected %x, %w, %b : (tensor<1x2x!fxp.affine<i8, 0.25:0>>, tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
  func.return %0 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK: (Q3) unnamed (nn.fully_connected) has a bias whose scale is off input * weight scale by 1

// -----

func.func @main(%x: tensor<1x2x2x1x!fxp.affine<i8, 0.5:0>>) -> tensor<1x1x1x1x!fxp.affine<i8, 1.0:0>> {
  %0 = nn.max_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x2x2x1x!fxp.affine<i8, 0.5:0>> -> tensor<1x1x1x1x!fxp.affine<i8, 1.0:0>>
  func.return %0 : tensor<1x1x1x1x!fxp.affine<i8, 1.0:0>>
}
// CHECK: (Q4) unnamed (nn.max_pool2d) changes the type of elements that it only moves

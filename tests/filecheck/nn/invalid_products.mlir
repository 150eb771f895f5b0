// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f() {
  %r = nn.constant {value = dense<1.0> : tensor<2xf64>} : tensor<2xf64>
  func.return
}
// CHECK: (C0) expected f32, i1, integers of 8 to 64 bits or fxp as elements, found f64

// -----

func.func @f() {
  %r = nn.constant {value = dense<1> : tensor<2xi8>} : tensor<3xi8>
  func.return
}
// CHECK: (C1) expected a result of shape (2,), found (3,)

// -----

func.func @f() {
  %r = nn.constant {value = dense<1> : tensor<2xi16>} : tensor<2x!fxp.affine<i8, 0.5:0>>
  func.return
}
// CHECK: (C2) expected a value of i8, found i16

// -----

func.func @f() {
  %r = nn.constant {value = dense<1> : tensor<2xi8>} : tensor<2x!fxp.affine<i8:0, {0.5:0}>>
  func.return
}
// CHECK: (C0) 1 scales along axis 0, which has size 2

// -----

func.func @f(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>, %b: tensor<3xf32>) {
  %r = nn.fully_connected %x, %w, %b : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x4xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 3), found (2, 4)

// -----

func.func @f(%x: tensor<2x5xf32>, %w: tensor<3x4xf32>, %b: tensor<3xf32>) {
  %r = nn.fully_connected %x, %w, %b : (tensor<2x5xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  func.return
}
// CHECK: (C2) expected an input (…, 4), found (2, 5)

// -----

func.func @f(%x: tensor<2x4xf32>, %w: tensor<3x4x1xf32>, %b: tensor<3xf32>) {
  %r = nn.fully_connected %x, %w, %b : (tensor<2x4xf32>, tensor<3x4x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  func.return
}
// CHECK: (C2) expected weights (M, K), found (3, 4, 1)

// -----

func.func @f(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) {
  %r = nn.fully_connected %x, %w, %b : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  func.return
}
// CHECK: (C2) expected a bias of shape (3,), found (4,)

// -----

func.func @f(%x: tensor<2x4xi8>, %w: tensor<3x4xf32>, %b: tensor<3xf32>) {
  %r = nn.fully_connected %x, %w, %b : (tensor<2x4xi8>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  func.return
}
// CHECK: (C3) expected only f32, only fxp, or 8/16-bit integers summed in i32 or i64 as elements, found i8, f32, f32, f32

// -----

func.func @f(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>, %b: tensor<3xf32>) {
  %r = nn.fully_connected %x, %w, %b {act_min = 2.0 : f32, act_max = 1.0 : f32} : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  func.return
}
// CHECK: (C4) expected act_min <= act_max, found 2.0 and 1.0

// -----

func.func @f(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>, %b: tensor<3xf32>) {
  %r = nn.fully_connected %x, %w, %b {input_zero_point = 1 : i32} : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  func.return
}
// CHECK: (C5) expected a zero point in 0..0 for f32, found 1

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<4x2xf32>) {
  %r = nn.matmul %a, %b : (tensor<2x3xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  func.return
}
// CHECK: (C1) expected matrices (…, M, K) and (…, K, N), found (2, 3) and (4, 2)

// -----

func.func @f(%a: tensor<2x2x3xf32>, %b: tensor<3x3x2xf32>) {
  %r = nn.matmul %a, %b : (tensor<2x2x3xf32>, tensor<3x3x2xf32>) -> tensor<2x2x2xf32>
  func.return
}
// CHECK: (C1) expected shapes that broadcast, found (2,) and (3,)

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x2xf32>) {
  %r = nn.matmul %a, %b : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x3xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 2), found (2, 3)

// -----

func.func @f(%a: tensor<2x3xi8>, %b: tensor<3x2xi8>) {
  %r = nn.matmul %a, %b : (tensor<2x3xi8>, tensor<3x2xi8>) -> tensor<2x2xi8>
  func.return
}
// CHECK: (C2) expected only f32, only fxp, or 8/16-bit integers summed in i32 or i64 as elements, found i8, i8, i8

// -----

func.func @f(%a: tensor<2x3xi8>, %b: tensor<3x2xi8>) {
  %r = nn.matmul %a, %b {act_min = 0.0 : f32} : (tensor<2x3xi8>, tensor<3x2xi8>) -> tensor<2x2xi32>
  func.return
}
// CHECK: (C3) expected real elements for a clamp, found i32

// -----

func.func @f(%a: tensor<2x3xi8>, %b: tensor<3x2xui8>) {
  %r = nn.matmul %a, %b {rhs_zero_point = 256 : i32} : (tensor<2x3xi8>, tensor<3x2xui8>) -> tensor<2x2xi32>
  func.return
}
// CHECK: (C4) expected a zero point in 0..255 for ui8, found 256

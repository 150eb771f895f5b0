// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: tensor<2x3x4xf32>) {
  %r = nn.reduce %x {kind = "sum", axes = array<i64: 1>} : tensor<2x3x4xf32> -> tensor<2x4xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 1, 4), found (2, 4)

// -----

func.func @f(%x: tensor<2x3x4xf32>) {
  %r = nn.reduce %x {kind = "sum", axes = array<i64: 3>} : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  func.return
}
// CHECK: (C2) expected an axis in -3..2, found 3

// -----

func.func @f(%x: tensor<2x3x4xf32>) {
  %r = nn.reduce %x {kind = "sum", axes = array<i64: 1, -2>} : tensor<2x3x4xf32> -> tensor<2x1x4xf32>
  func.return
}
// CHECK: (C2) expected distinct axes, found (1, -2)

// -----

func.func @f(%x: tensor<2x3x4xf32>) {
  %r = nn.reduce %x {kind = "median", axes = array<i64: 1>} : tensor<2x3x4xf32> -> tensor<2x1x4xf32>
  func.return
}
// CHECK: (C3) expected a kind of mean, sum, max, min, prod, found median

// -----

func.func @f(%x: tensor<2x3xi8>) {
  %r = nn.reduce %x {kind = "mean", axes = array<i64: 1>} : tensor<2x3xi8> -> tensor<2x1xi8>
  func.return
}
// CHECK: (C4) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<2x0xf32>) {
  %r = nn.reduce %x {kind = "max", axes = array<i64: 1>} : tensor<2x0xf32> -> tensor<2x1xf32>
  func.return
}
// CHECK: (C5) expected elements to take the max of, found (2, 0)

// -----

func.func @f(%x: tensor<2x3x4xf32>) {
  %r = nn.softmax %x {axis = 0 : i64} : tensor<2x3x4xf32> -> tensor<3x4xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 3, 4), found (3, 4)

// -----

func.func @f(%x: tensor<2x3x4xf32>) {
  %r = nn.softmax %x {axis = 3 : i64} : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  func.return
}
// CHECK: (C2) expected an axis in -3..2, found 3

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.softmax %x {axis = 0 : i64} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C3) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<2x3x4xf32>, %p: tensor<4xf32>, %q: tensor<3xf32>) {
  %r = nn.batch_norm %x, %p, %p, %p, %p {epsilon = 0.5 : f32, axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<3x3x4xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 3, 4), found (3, 3, 4)

// -----

func.func @f(%x: tensor<2x3x4xf32>, %p: tensor<4xf32>, %q: tensor<3xf32>) {
  %r = nn.batch_norm %x, %p, %p, %p, %p {epsilon = 0.5 : f32, axis = -4 : i64} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  func.return
}
// CHECK: (C2) expected an axis in -3..2, found -4

// -----

func.func @f(%x: tensor<2x3x4xf32>, %p: tensor<4xf32>, %q: tensor<3xf32>) {
  %r = nn.batch_norm %x, %p, %p, %q, %p {epsilon = 0.5 : f32, axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  func.return
}
// CHECK: (C3) expected a mean of shape (4,), found (3,)

// -----

func.func @f(%x: tensor<2x3x4xf32>, %p: tensor<4xi32>, %q: tensor<3xf32>) {
  %r = nn.batch_norm %x, %p, %p, %p, %p {epsilon = 0.5 : f32, axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) -> tensor<2x3x4xf32>
  func.return
}
// CHECK: (C4) expected only f32 or only fxp as elements, found f32, i32, i32, i32, i32, f32

// -----

func.func @f(%x: tensor<2x3x4xf32>, %p: tensor<4xf32>, %q: tensor<3xf32>) {
  %r = nn.batch_norm %x, %p, %p, %p, %p {epsilon = -0.5 : f32, axis = 2 : i64} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  func.return
}
// CHECK: (C5) expected epsilon >= 0, found -0.5

// -----

func.func @f(%x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  %r = nn.layer_norm %x, %s, %s {epsilon = 0.5 : f32} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4x2xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 4), found (4, 2)

// -----

func.func @f(%x: tensor<2x4xf32>, %s: tensor<2xf32>) {
  %r = nn.layer_norm %x, %s, %s {epsilon = 0.5 : f32} : (tensor<2x4xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  func.return
}
// CHECK: (C2) expected scale and bias of shape (4,), found (2,)

// -----

func.func @f(%x: tensor<2x4xf32>, %s: tensor<4xi8>) {
  %r = nn.layer_norm %x, %s, %s {epsilon = 0.5 : f32} : (tensor<2x4xf32>, tensor<4xi8>, tensor<4xi8>) -> tensor<2x4xf32>
  func.return
}
// CHECK: (C2) expected scale and bias of f32, found i8

// -----

func.func @f(%x: tensor<2x4xi8>, %s: tensor<4xf32>) {
  %r = nn.layer_norm %x, %s, %s {epsilon = 0.5 : f32} : (tensor<2x4xi8>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xi8>
  func.return
}
// CHECK: (C3) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<2x4xf32>, %s: tensor<4xf32>) {
  %r = nn.layer_norm %x, %s, %s {epsilon = 0.0 : f32} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  func.return
}
// CHECK: (C4) expected an epsilon above 0, found 0.0

// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: tensor<2x8xf32>, %i: tensor<3xi64>) {
  %r = nn.gather %x, %i {axis = 1 : i64} : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<3x8xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 3), found (3, 8)

// -----

func.func @f(%x: tensor<2x8xf32>, %i: tensor<3xi8>) {
  %r = nn.gather %x, %i : (tensor<2x8xf32>, tensor<3xi8>) -> tensor<3x8xf32>
  func.return
}
// CHECK: (C2) expected indices of i32 or i64, found i8

// -----

func.func @f(%x: tensor<2x8xf32>, %i: tensor<3xi64>) {
  %r = nn.gather %x, %i : (tensor<2x8xf32>, tensor<3xi64>) -> tensor<3x8xi8>
  func.return
}
// CHECK: (C3) expected f32 or one integer type, found f32, i8

// -----

func.func @f(%x: tensor<2x8xf32>, %i: tensor<3xi64>, %u: tensor<2x8xf32>) {
  %r = nn.scatter %x, %i, %u : (tensor<2x8xf32>, tensor<3xi64>, tensor<2x8xf32>) -> tensor<2x8xf32>
  func.return
}
// CHECK: (C1) expected updates of shape (3, 8), found (2, 8)

// -----

func.func @f(%x: tensor<2x8xf32>, %i: tensor<3xi8>, %u: tensor<3x8xf32>) {
  %r = nn.scatter %x, %i, %u : (tensor<2x8xf32>, tensor<3xi8>, tensor<3x8xf32>) -> tensor<2x8xf32>
  func.return
}
// CHECK: (C2) expected indices of i32 or i64, found i8

// -----

func.func @f(%x: tensor<2x8xf32>, %i: tensor<3xi64>, %u: tensor<3x8xi8>) {
  %r = nn.scatter %x, %i, %u : (tensor<2x8xf32>, tensor<3xi64>, tensor<3x8xi8>) -> tensor<2x8xf32>
  func.return
}
// CHECK: (C3) expected f32 or one integer type, found f32, i8, f32

// -----

func.func @f(%x: tensor<2x8xi1>, %i: tensor<3xi64>, %u: tensor<3x8xi1>) {
  %r = nn.scatter %x, %i, %u {kind = "add"} : (tensor<2x8xi1>, tensor<3xi64>, tensor<3x8xi1>) -> tensor<2x8xi1>
  func.return
}
// CHECK: (C4) expected a kind of set, found add

// -----

func.func @f(%x: tensor<2x8xf32>) {
  %r = nn.arg_extreme %x {kind = "max", axis = 1 : i64} : tensor<2x8xf32> -> tensor<2x8xi64>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 1), found (2, 8)

// -----

func.func @f(%x: tensor<2x8xf32>) {
  %r = nn.arg_extreme %x {kind = "max", axis = 1 : i64} : tensor<2x8xf32> -> tensor<2x1xi32>
  func.return
}
// CHECK: (C2) expected a result of i64, found i32

// -----

func.func @f(%x: tensor<2x8xf32>) {
  %r = nn.arg_extreme %x {kind = "median", axis = 1 : i64} : tensor<2x8xf32> -> tensor<2x1xi64>
  func.return
}
// CHECK: (C3) expected max or min, found median

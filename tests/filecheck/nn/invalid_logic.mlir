// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%a: tensor<4xf32>) {
  %r = nn.compare %a, %a {predicate = "lt"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<3xi1>
  func.return
}
// CHECK: (C1) expected a result of shape (4,), found (3,)

// -----

func.func @f(%a: tensor<4xf32>, %b: tensor<4xi32>) {
  %r = nn.compare %a, %b {predicate = "lt"} : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xi1>
  func.return
}
// CHECK: (C2) expected f32 or one integer type, found f32, i32

// -----

func.func @f(%a: tensor<4xf32>) {
  %r = nn.compare %a, %a {predicate = "lt"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C2) expected a result of i1, found f32

// -----

func.func @f(%a: tensor<4xf32>) {
  %r = nn.compare %a, %a {predicate = "less"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  func.return
}
// CHECK: (C3) expected a predicate of eq, ne, lt, le, gt, ge, found less

// -----

func.func @f(%a: tensor<4xf32>) {
  %r = nn.bitwise %a, %a {kind = "and"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C2) expected integers, found f32

// -----

func.func @f(%a: tensor<4xi8>) {
  %r = nn.bitwise %a, %a {kind = "nand"} : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  func.return
}
// CHECK: (C3) expected a kind of and, or, xor, found nand

// -----

func.func @f(%a: tensor<4xi1>) {
  %r = nn.shift %a, %a {direction = "left"} : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  func.return
}
// CHECK: (C2) expected integers, found i1

// -----

func.func @f(%a: tensor<4xi8>) {
  %r = nn.shift %a, %a {direction = "up"} : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  func.return
}
// CHECK: (C3) expected left or right as direction, found up

// -----

func.func @f(%a: tensor<4xi1>) {
  %r = nn.remainder %a, %a : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  func.return
}
// CHECK: (C2) expected numbers, found i1

// -----

func.func @f(%c: tensor<4xi8>, %a: tensor<4xf32>) {
  %r = nn.where %c, %a, %a : (tensor<4xi8>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C2) expected a condition of i1, found i8

// -----

func.func @f(%c: tensor<4xi1>, %a: tensor<4xf32>) {
  %r = nn.where %c, %a, %a : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xi8>
  func.return
}
// CHECK: (C3) expected f32 or one integer type, found f32, f32, i8

// -----

func.func @f(%c: tensor<4xi1>, %a: tensor<4xf32>) {
  %r = nn.where %c, %a, %a : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<5xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (4,), found (5,)

// -----

func.func @f(%x: tensor<2xi32>) {
  %r = nn.round %x : tensor<2xi32> -> tensor<2xi32>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements

// -----

func.func @f(%x: tensor<2xi32>) {
  %r = nn.sin %x : tensor<2xi32> -> tensor<2xi32>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements

// -----

func.func @f(%x: tensor<2xi32>) {
  %r = nn.cos %x : tensor<2xi32> -> tensor<2xi32>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements

// -----

func.func @f(%x: tensor<2xi32>) {
  %r = nn.atan %x : tensor<2xi32> -> tensor<2xi32>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements

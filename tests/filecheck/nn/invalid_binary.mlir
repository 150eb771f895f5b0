// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%a: tensor<4xf32>, %b: tensor<3xf32>) {
  %r = nn.add %a, %b : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C1) expected shapes that broadcast, found (4,) and (3,)

// -----

func.func @f(%a: tensor<4x1xf32>, %b: tensor<3xf32>) {
  %r = nn.sub %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (4, 3), found (4,)

// -----

func.func @f(%a: tensor<4xi8>, %b: tensor<4xi32>) {
  %r = nn.mul %a, %b : (tensor<4xi8>, tensor<4xi32>) -> tensor<4xi32>
  func.return
}
// CHECK: (C2) expected only f32, only fxp or one integer type as elements, found i8, i32, i32

// -----

func.func @f(%a: tensor<4xf32>, %b: tensor<4x!fxp.fixed<i8, 5>>) {
  %r = nn.maximum %a, %b : (tensor<4xf32>, tensor<4x!fxp.fixed<i8, 5>>) -> tensor<4xf32>
  func.return
}
// CHECK: (C2) expected only f32, only fxp or one integer type as elements, found f32, !fxp.fixed<i8, 5>, f32

// -----

func.func @f(%a: tensor<4xi1>, %b: tensor<4xi1>) {
  %r = nn.pow %a, %b : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  func.return
}
// CHECK: (C2) expected only f32, only fxp or one integer type as elements, found i1, i1, i1

// -----

func.func @f(%a: tensor<4xi32>, %b: tensor<4xi32>) {
  %r = nn.div %a, %b {act_max = 6.0 : f32} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  func.return
}
// CHECK: (C3) expected real elements for a clamp, found i32

// -----

func.func @f(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  %r = nn.minimum %a, %b {act_min = 1.0 : f32, act_max = 0.0 : f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C3) expected act_min <= act_max, found 1.0 and 0.0

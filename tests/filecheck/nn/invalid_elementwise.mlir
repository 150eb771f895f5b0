// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: tensor<4xf32>) {
  %r = nn.relu %x : tensor<4xf32> -> tensor<3xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (4,), found (3,)

// -----

func.func @f(%x: tensor<4xf32>) {
  %r = nn.relu %x : tensor<4xf32> -> tensor<4x!fxp.fixed<i8, 5>>
  func.return
}
// CHECK: (C2) expected only f32, only fxp or one integer type as elements, found f32, !fxp.fixed<i8, 5>

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.sigmoid %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.hard_swish %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.tanh %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.exp %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.log %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.sqrt %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.reciprocal %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi1>) {
  %r = nn.negate %x : tensor<4xi1> -> tensor<4xi1>
  func.return
}
// CHECK: (C2) expected only f32, only fxp or one integer type as elements, found i1, i1

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.erf %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.gelu %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.floor %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.ceil %x : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xf32>) {
  %r = nn.clamp %x {min = 1.0 : f32, max = 0.0 : f32} : tensor<4xf32> -> tensor<4xf32>
  func.return
}
// CHECK: (C3) expected min <= max, found 1.0 and 0.0

// -----

func.func @f(%x: tensor<4xi8>) {
  %r = nn.leaky_relu %x {alpha = 0.5 : f32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i8, i8

// -----

func.func @f(%x: tensor<4xf32>) {
  %r = nn.hard_sigmoid %x {alpha = 0.5 : f32, beta = 0.5 : f32} : tensor<4xf32> -> tensor<1x4xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (4,), found (1, 4)

// -----

func.func @f(%x: tensor<4xf32>) {
  %r = nn.cast %x : tensor<4xf32> -> tensor<2x2xi8>
  func.return
}
// CHECK: (C1) expected a result of shape (4,), found (2, 2)

// -----

func.func @f(%x: tensor<4xf32>) {
  %r = nn.cast %x : tensor<4xf32> -> tensor<4x!fxp.fixed<i8, 5>>
  func.return
}
// CHECK: (C2) expected f32 or plain integers, found !fxp.fixed<i8, 5>

// -----

func.func @f(%x: tensor<4xf32>, %s: tensor<3xf32>) {
  %r = nn.prelu %x, %s : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C1) expected shapes that broadcast, found (4,) and (3,)

// -----

func.func @f(%x: tensor<4xf32>, %s: tensor<2x4xf32>) {
  %r = nn.prelu %x, %s : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}
// CHECK: (C1) expected a slope that broadcasts to (4,), found (2, 4)

// -----

func.func @f(%x: tensor<4xi32>, %s: tensor<4xi32>) {
  %r = nn.prelu %x, %s : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  func.return
}
// CHECK: (C2) expected only f32 or only fxp as elements, found i32, i32, i32

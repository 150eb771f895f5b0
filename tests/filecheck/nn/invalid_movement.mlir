// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.reshape %x : tensor<2x3xf32> -> tensor<5xf32>
  func.return
}
// CHECK: (C1) expected 6 elements as in (2, 3), found (5,)

// -----

func.func @f(%x: tensor<2x3x!fxp.affine<i8, 0.5:0>>) {
  %r = nn.reshape %x : tensor<2x3x!fxp.affine<i8, 0.5:0>> -> tensor<6x!fxp.affine<i8, 0.25:0>>
  func.return
}
// CHECK: (C2) expected a result of !fxp.affine<i8, 0.5:0>, found !fxp.affine<i8, 0.25:0>

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.transpose %x {permutation = array<i64: 0, 0>} : tensor<2x3xf32> -> tensor<2x2xf32>
  func.return
}
// CHECK: (C1) expected a permutation of 2 dimensions, found (0, 0)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return
}
// CHECK: (C2) expected a result of shape (3, 2), found (2, 3)

// -----

func.func @f(%x: tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>) {
  %r = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>> -> tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
  func.return
}
// CHECK: (C3) expected a result of !fxp.affine<i8:1, {0.5:0, 0.25:0}>, found !fxp.affine<i8:0, {0.5:0, 0.25:0}>

// -----

func.func @f() {
  %r = nn.concat {axis = 0 : i64} : () -> tensor<2xf32>
  func.return
}
// CHECK: (C1) expected at least one operand, found none

// -----

func.func @f(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  %r = nn.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  func.return
}
// CHECK: (C1) expected shapes that join along axis 0, found (2, 3) and (2, 4)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.concat %x, %x {axis = 2 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  func.return
}
// CHECK: (C1) expected an axis in -2..1, found 2

// -----

func.func @f(%x: tensor<2x3xf32>, %y: tensor<2x3xi8>) {
  %r = nn.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xi8>) -> tensor<4x3xf32>
  func.return
}
// CHECK: (C2) expected only f32, only fxp or one integer type as elements, found f32, i8, f32

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.pad %x {pads = array<i64: 0, 1, 0, 1>} : tensor<2x3xf32> -> tensor<2x4xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (2, 5), found (2, 4)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.pad %x {pads = array<i64: 0, 1>} : tensor<2x3xf32> -> tensor<2x4xf32>
  func.return
}
// CHECK: (C2) expected 4 pads of at least 0, found (0, 1)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.pad %x {pads = array<i64: 0, 3, 0, 0>, mode = "reflect"} : tensor<2x3xf32> -> tensor<2x6xf32>
  func.return
}
// CHECK: (C2) expected pads that reflect can fill from 3, found 3

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.pad %x {pads = array<i64: 0, 1, 0, 0>, mode = "wrap"} : tensor<2x3xf32> -> tensor<2x4xf32>
  func.return
}
// CHECK: (C3) expected a mode of constant, reflect, edge, found wrap

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.pad %x {pads = array<i64: 0, 1, 0, 0>} : tensor<2x3xf32> -> tensor<2x4xi8>
  func.return
}
// CHECK: (C4) expected only f32, only fxp or one integer type as elements, found f32, i8

// -----

func.func @f(%x: tensor<3xi8>) {
  %r = nn.pad %x {pads = array<i64: 1, 0>, value = 128.0 : f32} : tensor<3xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C5) expected an integer in -128..127 as value, found 128.0

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.slice %x {offsets = array<i64: 0, 0>, sizes = array<i64: 1, 2>, strides = array<i64: 1, 1>} : tensor<2x3xf32> -> tensor<1x3xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (1, 2), found (1, 3)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.slice %x {offsets = array<i64: 0, 2>, sizes = array<i64: 1, 2>, strides = array<i64: 1, 1>} : tensor<2x3xf32> -> tensor<1x2xf32>
  func.return
}
// CHECK: (C2) expected positions inside 0..2, found 2 from 2 by 1

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.slice %x {offsets = array<i64: 0>, sizes = array<i64: 1, 2>, strides = array<i64: 1, 1>} : tensor<2x3xf32> -> tensor<1x2xf32>
  func.return
}
// CHECK: (C2) expected 2 offsets, sizes and strides, found (1, 2, 2)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.slice %x {offsets = array<i64: 0, 0>, sizes = array<i64: 1, 2>, strides = array<i64: 1, 1>} : tensor<2x3xf32> -> tensor<1x2xi8>
  func.return
}
// CHECK: (C3) expected only f32, only fxp or one integer type as elements, found f32, i8

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.broadcast %x : tensor<2x3xf32> -> tensor<4x3xf32>
  func.return
}
// CHECK: (C1) expected shapes that broadcast, found (2, 3) and (4, 3)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.broadcast %x : tensor<2x3xf32> -> tensor<3xf32>
  func.return
}
// CHECK: (C1) expected an input that broadcasts to (3,), found (2, 3)

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %r = nn.broadcast %x : tensor<2x3xf32> -> tensor<2x3xi8>
  func.return
}
// CHECK: (C2) expected only f32, only fxp or one integer type as elements, found f32, i8

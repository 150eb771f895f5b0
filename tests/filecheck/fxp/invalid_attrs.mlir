// RUN: nnopt-opt %s --split-input-file --parsing-diagnostics --verify-diagnostics | filecheck %s

// Each constraint of the types' docstrings, by its number.

"test.op"() {a = !fxp.affine<i64, 0.5:0>} : () -> ()
// CHECK: (C1) storage must be one of i8, ui8, i16, ui16, i32, got i64

// -----

"test.op"() {a = !fxp.affine<i8, 0.0:0>} : () -> ()
// CHECK: (C2) scale must be finite and positive, got 0.0

// -----

"test.op"() {a = !fxp.affine<i8, 1.0e+999:0>} : () -> ()
// CHECK: (C2) scale must be finite and positive, got inf

// -----

"test.op"() {a = !fxp.affine<i8:0, {0.5:0, -0.5:0}>} : () -> ()
// CHECK: (C2) scale must be finite and positive, got -0.5

// -----

"test.op"() {a = !fxp.affine<i8, 0.5:128>} : () -> ()
// CHECK: (C3) zero point 128 does not fit in i8: -128..127

// -----

"test.op"() {a = !fxp.affine<ui8:0, {0.5:0, 0.5:-1}>} : () -> ()
// CHECK: (C3) zero point -1 does not fit in ui8: 0..255

// -----

"test.op"() {a = !fxp.affine<i8:0, {}>} : () -> ()
// CHECK: (C4) expected at least one scale, got 0

// -----

"test.op"() {a = !fxp.affine<i8:-1, {0.5:0}>} : () -> ()
// CHECK: (C5) axis must not be negative, got -1

// -----

"test.op"() {a = !fxp.affine<f32, 0.5:0>} : () -> ()
// CHECK: expected an integer storage type

// -----

"test.op"() {a = !fxp.fixed<i1, 5>} : () -> ()
// CHECK: (C1) storage must be one of

// -----

"test.op"() {a = !fxp.fixed<i8, 127>} : () -> ()
// CHECK: (C2) fraction bits must be in -64..126, got 127

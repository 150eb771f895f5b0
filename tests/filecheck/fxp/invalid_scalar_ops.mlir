// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: i8, %m: i32) {
  %q = "fxp.apply_scale"(%x, %m, %m) <{rounding = "half_up"}> : (i8, i32, i32) -> i32
  func.return
}
// CHECK: Expected one of i32, i64, but got i8

// -----

func.func @f(%x: i32) {
  %q = fxp.apply_scale %x, %x, %x {rounding = "up"} : i32
  func.return
}
// CHECK: (C2) rounding must be one of half_even, half_up, half_away, double, got up

// -----

func.func @f(%x: i64, %m: i32) {
  %q = fxp.apply_scale %x, %m, %m {rounding = "double"} : i64
  func.return
}
// CHECK: (C2) rounding double takes accumulators of 32 bits, not i64

// -----

func.func @f(%x: i32) {
  %q = fxp.saturate %x {min = 1 : i32, max = 0 : i32} : i32
  func.return
}
// CHECK: (C2) min 1 is greater than max 0

// -----

func.func @f(%x: f32) {
  %q = fxp.real_to_int %x {scale = 0.0 : f32, min = -1 : i32, max = 1 : i32}
  func.return
}
// CHECK: (C2) scale must be finite and positive, got 0.0

// -----

func.func @f(%x: f32) {
  %q = fxp.real_to_int %x {scale = 0.5 : f32, zero_point = 2 : i32, min = -1 : i32, max = 1 : i32}
  func.return
}
// CHECK: (C3) min 2 is greater than max 1

// -----

func.func @f(%x: f32) {
  %q = fxp.real_to_int %x {scale = 0.5 : f32, min = -5000000 : i32, max = 1 : i32}
  func.return
}
// CHECK: (C4) the range -5000000..1 is wider than 2**22

// -----

func.func @f(%x: i32) {
  %q = fxp.int_to_real %x {scale = 0x7F800000 : f32}
  func.return
}
// CHECK: (C2) scale must be finite and positive, got inf

// -----

func.func @f(%x: i8, %s: i32) {
  %q = "fxp.rounding_shift"(%x, %s) <{rounding = "half_up"}> : (i8, i32) -> i32
  func.return
}
// CHECK: Expected one of i32, i64, but got i8

// -----

func.func @f(%x: i32) {
  %q = fxp.rounding_shift %x, %x {rounding = "double"} : i32
  func.return
}
// CHECK: (C2) rounding must be half_up or half_even, got double

// -----

func.func @f(%x: f32) {
  %q = fxp.real_to_int %x {scale = 0.5 : f32, min = -1 : i32, max = 1 : i32, rounding = "half_up"}
  func.return
}
// CHECK: (C5) rounding must be one of half_even, half_away, got half_up

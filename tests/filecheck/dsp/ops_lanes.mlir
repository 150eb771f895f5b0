// RUN: nnopt-opt %s | filecheck %s
// RUN: nnopt-opt %s --print-op-generic | nnopt-opt | filecheck %s

// Pairs of lanes, and whole inner loops on them.
func.func @lanes(%m: memref<16xi8>, %x: memref<8xi16>, %i: index, %acc: i32) -> i32 {
  %p = dsp.load_pair %x[%i] : memref<8xi16>
  %a = dsp.smlabt %p, %p, %acc
  %b = dsp.smlatb %p, %p, %a
  %c = dsp.smmla %b, %p, %acc
  %q = dsp.qadd %c, %acc
  %r = dsp.smmlar %q, %p, %acc
  dsp.widen %m[%i], %x[%i] lanes %i, %i {length = 5 : i64, zero_point = -3 : i64} : memref<16xi8>, memref<8xi16>
  dsp.planes %m[%i], %x[%i] {pixels = 2 : i64, channels = 2 : i64, depth = 2 : i64, plane = 4 : i64, lead = 1 : i64, zero_point = 0 : i64} : memref<16xi8>, memref<8xi16>
  %s0, %s1, %s2, %s3 = dsp.dot %x[%i], %m[%i] into %acc, %acc, %b, %c {quads = 1 : i64, pixel_step = 4 : i64} : memref<8xi16>, memref<16xi8> -> i32, i32, i32, i32
  %t0, %t1, %t2, %t3 = dsp.dot %x[%i], %m[%i] into %acc, %acc, %b, %c {lanes = 3 : i64, pixel_step = 4 : i64} : memref<8xi16>, memref<16xi8> -> i32, i32, i32, i32
  func.return %s0 : i32
}

// CHECK:      func.func @lanes(%m: memref<16xi8>, %x: memref<8xi16>, %i: index, %acc: i32) -> i32 {
// CHECK-NEXT:     %p = dsp.load_pair %x[%i] : memref<8xi16>
// CHECK-NEXT:     %a = dsp.smlabt %p, %p, %acc
// CHECK-NEXT:     %b = dsp.smlatb %p, %p, %a
// CHECK-NEXT:     %c = dsp.smmla %b, %p, %acc
// CHECK-NEXT:     %q = dsp.qadd %c, %acc
// CHECK-NEXT:     %r = dsp.smmlar %q, %p, %acc
// CHECK-NEXT:     dsp.widen %m[%i], %x[%i] lanes %i, %i {length = 5 : i64, zero_point = -3 : i64} : memref<16xi8>, memref<8xi16>
// CHECK-NEXT:     dsp.planes %m[%i], %x[%i] {pixels = 2 : i64, channels = 2 : i64, depth = 2 : i64, plane = 4 : i64, lead = 1 : i64, zero_point = 0 : i64} : memref<16xi8>, memref<8xi16>
// CHECK-NEXT:     %s0, %s1, %s2, %s3 = dsp.dot %x[%i], %m[%i] into %acc, %acc, %b, %c {quads = 1 : i64, pixel_step = 4 : i64} : memref<8xi16>, memref<16xi8> -> i32, i32, i32, i32
// CHECK-NEXT:     %t0, %t1, %t2, %t3 = dsp.dot %x[%i], %m[%i] into %acc, %acc, %b, %c {lanes = 3 : i64, pixel_step = 4 : i64} : memref<8xi16>, memref<16xi8> -> i32, i32, i32, i32

// Register blocks and rows of outputs, from lanes to stored bytes.
func.func @tiles(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %s: memref<16xi32>, %acc: i32) {
  %a = dsp.ssat %acc {shift = 5 : i64}
  dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, pixels = 2 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, runs = array<i64: 3, 2, 8>, pixels = 2 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, pixels = 2 : i64, pixel_step = 4 : i64, out_step = 8 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  dsp.depthwise %x[%i] by %m[%i] plus %acc scaled %a, %a to %m[%i] rows %i {columns = 2 : i64, size = 3 : i64, row_stride = 1 : i64, stride = 1 : i64, width = 8 : i64, out_step = 4 : i64, below = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<64xi8>
  dsp.depthwise %x[%i] by %m[%i] plus %acc scaled %a, %a to %m[%i] rows %i by %acc {columns = 2 : i64, size = 3 : i64, row_stride = 1 : i64, stride = 1 : i64, width = 8 : i64, out_step = 4 : i64, below = 8 : i64} : memref<64xi16>, memref<64xi8>, memref<64xi8>
  func.return
}

// CHECK:      func.func @tiles(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %s: memref<16xi32>, %acc: i32) {
// CHECK-NEXT:     %a = dsp.ssat %acc {shift = 5 : i64}
// CHECK-NEXT:     dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, pixels = 2 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
// CHECK-NEXT:     dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, runs = array<i64: 3, 2, 8>, pixels = 2 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
// CHECK-NEXT:     dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, pixels = 2 : i64, pixel_step = 4 : i64, out_step = 8 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
// CHECK-NEXT:     dsp.depthwise %x[%i] by %m[%i] plus %acc scaled %a, %a to %m[%i] rows %i {columns = 2 : i64, size = 3 : i64, row_stride = 1 : i64, stride = 1 : i64, width = 8 : i64, out_step = 4 : i64, below = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<64xi8>
// CHECK-NEXT:     dsp.depthwise %x[%i] by %m[%i] plus %acc scaled %a, %a to %m[%i] rows %i by %acc {columns = 2 : i64, size = 3 : i64, row_stride = 1 : i64, stride = 1 : i64, width = 8 : i64, out_step = 4 : i64, below = 8 : i64} : memref<64xi16>, memref<64xi8>, memref<64xi8>

// Floats, four channels of one pixel.
func.func @reals(%x: memref<8xf32>, %i: index, %a: f32) -> f32 {
  %s0, %s1, %s2, %s3 = dsp.real_dot %x[%i], %x[%i], %i into %a, %a, %a, %a {channels = 4 : i64, pixel_step = 4 : i64} : memref<8xf32>, memref<8xf32> -> f32, f32, f32, f32
  func.return %s0 : f32
}

// CHECK:      func.func @reals(%x: memref<8xf32>, %i: index, %a: f32) -> f32 {
// CHECK-NEXT:     %s0, %s1, %s2, %s3 = dsp.real_dot %x[%i], %x[%i], %i into %a, %a, %a, %a {channels = 4 : i64, pixel_step = 4 : i64} : memref<8xf32>, memref<8xf32> -> f32, f32, f32, f32

// Weights that the code holds: two channels, two pixels, of runs of lanes.
func.func @unpacked(%x: memref<16xi16>, %i: index, %a: i32) -> i32 {
  %s0, %s1, %s2, %s3 = dsp.unpacked %x[%i] into %a, %a, %a, %a {weights = dense<[[1, 2], [0, -4]]> : tensor<2x2xi8>, pixels = array<i64: 0, 4>, runs = array<i64: 1, 1, 0>} : memref<16xi16> -> i32, i32, i32, i32
  func.return %s0 : i32
}

// CHECK:      func.func @unpacked(%x: memref<16xi16>, %i: index, %a: i32) -> i32 {
// CHECK-NEXT:     %s0, %s1, %s2, %s3 = dsp.unpacked %x[%i] into %a, %a, %a, %a {weights = dense<{{\[\[}}1, 2], [0, -4]]> : tensor<2x2xi8>, pixels = array<i64: 0, 4>, runs = array<i64: 1, 1, 0>} : memref<16xi16> -> i32, i32, i32, i32

// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: (C1) memory must be flat with elements of one byte, found memref<8xi16>
func.func @wide(%m: memref<8xi16>, %i: index) {
  %x = dsp.load_x4 %m[%i] : memref<8xi16>
  func.return
}

// -----

// CHECK: (C1) memory must be flat with elements of one byte, found memref<2x4xi8>
func.func @dimensions(%m: memref<2x4xi8>, %i: index) {
  %x = dsp.load_x4 %m[%i] : memref<2x4xi8>
  func.return
}

// -----

// CHECK: (C1) rotation must be 0, 8, 16 or 24, found 4
func.func @signed(%x: i32) {
  %y = dsp.sxtab16 %x, %x {rotation = 4 : i64}
  func.return
}

// -----

// CHECK: (C1) rotation must be 0, 8, 16 or 24, found 32
func.func @unsigned(%x: i32) {
  %y = dsp.uxtab16 %x, %x {rotation = 32 : i64}
  func.return
}

// -----

// CHECK: operand 'accumulator' at position 2 does not verify:
// CHECK-NEXT: Expected attribute i32 but got i64
func.func @accumulator(%x: i32, %acc: i64) {
  %y = "dsp.smlad"(%x, %x, %acc) : (i32, i32, i64) -> i32
  func.return
}

// -----

// CHECK: operand 'accumulator' at position 2 does not verify:
// CHECK-NEXT: Expected attribute i32 but got i64
func.func @smmla(%x: i32, %acc: i64) {
  %y = "dsp.smmla"(%x, %x, %acc) : (i32, i32, i64) -> i32
  func.return
}

// -----

// CHECK: operand 'accumulator' at position 2 does not verify:
// CHECK-NEXT: Expected attribute i32 but got i64
func.func @smmlar(%x: i32, %acc: i64) {
  %y = "dsp.smmlar"(%x, %x, %acc) : (i32, i32, i64) -> i32
  func.return
}

// -----

// CHECK: operand 'rhs' at position 1 does not verify:
// CHECK-NEXT: Expected attribute i32 but got i64
func.func @qadd(%x: i32, %y: i64) {
  %z = "dsp.qadd"(%x, %y) : (i32, i64) -> i32
  func.return
}

// -----

// CHECK: operand 'accumulator' at position 2 does not verify:
// CHECK-NEXT: Expected attribute i32 but got i64
func.func @smlabt(%x: i32, %acc: i64) {
  %y = "dsp.smlabt"(%x, %x, %acc) : (i32, i32, i64) -> i32
  func.return
}

// -----

// CHECK: operand 'accumulator' at position 2 does not verify:
// CHECK-NEXT: Expected attribute i32 but got i64
func.func @smlatb(%x: i32, %acc: i64) {
  %y = "dsp.smlatb"(%x, %x, %acc) : (i32, i32, i64) -> i32
  func.return
}

// -----

// CHECK: (C1) memory must be flat with elements of 16 bits, found memref<8xi8>
func.func @load_pair(%x: memref<8xi8>, %i: index) {
  %y = dsp.load_pair %x[%i] : memref<8xi8>
  func.return
}

// -----

// CHECK: (C1) target must be flat with elements of 16 bits, found memref<8xi8>
func.func @planes(%x: memref<8xi8>, %i: index) {
  dsp.planes %x[%i], %x[%i] {pixels = 1 : i64, channels = 1 : i64, depth = 1 : i64, plane = 1 : i64, lead = 0 : i64, zero_point = 0 : i64} : memref<8xi8>, memref<8xi8>
  func.return
}

// -----

// CHECK: the shift must be in 1..31, found 0
func.func @ssat(%x: i32) {
  %y = dsp.ssat %x {shift = 0 : i64}
  func.return
}

// -----

// CHECK: (C1) x must be flat with elements of 16 bits, found memref<64xi8>
func.func @tile_memory(%m: memref<64xi8>, %x: memref<64xi8>, %i: index, %s: memref<16xi32>) {
  dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, pixels = 2 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 3 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C2) one or two pixels, found 3
func.func @tile_pixels(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %s: memref<16xi32>) {
  dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, pixels = 3 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  func.return
}

// -----

// CHECK: the shift must be in 1..31, found 32
func.func @tile_shift(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %s: memref<16xi32>) {
  dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, pixels = 1 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 32 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C2) a window of 3, 5 or 7 rows and columns needed, found 4
func.func @depthwise_size(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %a: i32) {
  dsp.depthwise %x[%i] by %m[%i] plus %a scaled %a, %a to %m[%i] rows %i {columns = 2 : i64, size = 4 : i64, row_stride = 1 : i64, stride = 1 : i64, width = 8 : i64, out_step = 4 : i64, below = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C4) steps of 1 or 2 lanes, found 3
func.func @depthwise_stride(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %a: i32) {
  dsp.depthwise %x[%i] by %m[%i] plus %a scaled %a, %a to %m[%i] rows %i {columns = 2 : i64, size = 3 : i64, row_stride = 1 : i64, stride = 3 : i64, width = 8 : i64, out_step = 4 : i64, below = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C5) either quads or runs of three numbers needed
func.func @tile_lanes(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %s: memref<16xi32>) {
  dsp.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {blocks = 1 : i64, quads = 1 : i64, runs = array<i64: 3, 2, 8>, pixels = 1 : i64, pixel_step = 4 : i64, out_step = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C2) four channels and up to four pixels, or eight and one, needed; found 4 accumulators of 8 channels and 4 results
func.func @real_dot_block(%x: memref<8xf32>, %i: index, %a: f32) {
  %s0, %s1, %s2, %s3 = dsp.real_dot %x[%i], %x[%i], %i into %a, %a, %a, %a {channels = 8 : i64, pixel_step = 4 : i64} : memref<8xf32>, memref<8xf32> -> f32, f32, f32, f32
  func.return
}

// -----

// CHECK: (C5) either a shift or the register `by` needed
func.func @depthwise_shift(%m: memref<64xi8>, %x: memref<64xi16>, %i: index, %a: i32) {
  dsp.depthwise %x[%i] by %m[%i] plus %a scaled %a, %a to %m[%i] rows %i by %a {columns = 2 : i64, size = 3 : i64, row_stride = 1 : i64, stride = 1 : i64, width = 8 : i64, out_step = 4 : i64, below = 8 : i64, shift = 3 : i64} : memref<64xi16>, memref<64xi8>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C1) x must be flat with elements of 16 bits, found memref<8xi8>
func.func @unpacked_memory(%x: memref<8xi8>, %i: index, %a: i32) {
  %s = dsp.unpacked %x[%i] into %a {weights = dense<1> : tensor<1x2xi8>, pixels = array<i64: 0>, runs = array<i64: 1, 1, 0>} : memref<8xi8> -> i32
  func.return
}

// -----

// CHECK: (C2) weights must be bytes, rows of 4, found tensor<1x2xi8>
func.func @unpacked_rows(%x: memref<8xi16>, %i: index, %a: i32) {
  %s = dsp.unpacked %x[%i] into %a {weights = dense<1> : tensor<1x2xi8>, pixels = array<i64: 0>, runs = array<i64: 1, 2, 0>} : memref<8xi16> -> i32
  func.return
}

// -----

// CHECK: (C3) 2 pixels of 1 channels need as many accumulators and results, 8 at most, found 1 and 1
func.func @unpacked_sums(%x: memref<8xi16>, %i: index, %a: i32) {
  %s = dsp.unpacked %x[%i] into %a {weights = dense<1> : tensor<1x2xi8>, pixels = array<i64: 0, 2>, runs = array<i64: 1, 1, 0>} : memref<8xi16> -> i32
  func.return
}

// -----

// CHECK: (C4) pixels and runs must begin at even lanes
func.func @unpacked_odd(%x: memref<8xi16>, %i: index, %a: i32) {
  %s = dsp.unpacked %x[%i] into %a {weights = dense<1> : tensor<1x2xi8>, pixels = array<i64: 1>, runs = array<i64: 1, 1, 0>} : memref<8xi16> -> i32
  func.return
}

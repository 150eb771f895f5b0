// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: (C1) target must hold signed bytes, found memref<64xui8>
func.func @copy_target(%m: memref<64xi8>, %u: memref<64xui8>, %i: index) {
  helium.copy %m[%i], %u[%i], %i, %i {length = 5 : i64, zero_point = -3 : i64} : memref<64xi8>, memref<64xui8>
  func.return
}

// -----

// CHECK: (C2) zero point -3 is no byte
func.func @copy_zero_point(%m: memref<64xi8>, %u: memref<64xui8>, %i: index) {
  helium.copy %u[%i], %m[%i], %i, %i {length = 5 : i64, zero_point = -3 : i64} : memref<64xui8>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C2) 128 is no signed byte
func.func @fill_value(%m: memref<64xi8>, %i: index) {
  helium.fill %m[%i to %i] {value = 128 : i64} : memref<64xi8>
  func.return
}

// -----

// CHECK: (C2) four or eight accumulators and as many results needed, found 3 and 3
func.func @dot_sums(%m: memref<64xi8>, %i: index, %a: i32) {
  %s0, %s1, %s2 = helium.dot %m[%i], %m[%i] into %a, %a, %a {lanes = 5 : i64, pixel_step = 4 : i64} : memref<64xi8>, memref<64xi8> -> i32, i32, i32
  func.return
}

// -----

// CHECK: (C2) the shift must be in 1..31, found 32
func.func @tile_shift(%m: memref<64xi8>, %s: memref<16xi32>, %i: index) {
  helium.tile %m[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {pixels = 2 : i64, channels = 3 : i64, lanes = 5 : i64, pixel_step = 4 : i64, shift = 32 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C1) scale must be flat with elements of 32 bits, found memref<64xi8>
func.func @tile_scale(%m: memref<64xi8>, %s: memref<16xi32>, %i: index) {
  helium.tile %m[%i], %m[%i], %s[%i], %m[%i] to %m[%i] {pixels = 2 : i64, channels = 3 : i64, lanes = 5 : i64, pixel_step = 4 : i64, shift = 3 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<64xi8>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C2) one to eight rows and one to 16 channels needed, found 1 and 17
func.func @columns_channels(%m: memref<64xi8>, %i: index) {
  helium.columns %m[%i] from %i to %i, %m[%i] {pixels = 2 : i64, channels = 17 : i64, depth = 3 : i64, pitch = 32 : i64, plane = 32 : i64, zero_point = 3 : i64} : memref<64xi8>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C3) a step of 32, 64 or 128 bytes needed, found 48
func.func @window_step(%m: memref<64xi8>, %i: index, %a: i32) {
  %t0, %t1, %t2, %t3 = helium.window %m[%i], %m[%i] into %a, %a, %a, %a {step = 48 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64} : memref<64xi8>, memref<64xi8> -> i32, i32, i32, i32
  func.return
}

// -----

// CHECK: (C2) four accumulators and results needed, found 3
func.func @window_sums(%m: memref<64xi8>, %i: index, %a: i32) {
  %t0, %t1, %t2 = helium.window %m[%i], %m[%i] into %a, %a, %a {step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64} : memref<64xi8>, memref<64xi8> -> i32, i32, i32
  func.return
}

// -----

// CHECK: (C2) the shift must be in 1..31, found 0
func.func @words_shift(%m: memref<64xi8>, %s: memref<16xi32>, %i: index) {
  helium.words %m[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {channels = 3 : i64, pixels = 2 : i64, step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64, depth = 3 : i64, shift = 0 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  func.return
}

// -----

// CHECK: (C3) bounds 5 and 128 are no signed bytes in order
func.func @sum_bounds(%m: memref<64xi8>, %i: index) {
  helium.sum %m[%i], %m[%i] to %m[%i] {length = 5 : i64, factor_x = 3 : i64, factor_y = 4 : i64, constant = -7 : i64, shift = 2 : i64, low = 5 : i64, high = 128 : i64} : memref<64xi8>, memref<64xi8>, memref<64xi8>
  func.return
}

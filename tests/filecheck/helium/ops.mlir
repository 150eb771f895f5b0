// RUN: nnopt-opt %s | filecheck %s
// RUN: nnopt-opt %s --print-op-generic | nnopt-opt | filecheck %s

func.func @vectors(%m: memref<64xi8>, %x: memref<64xi8>, %u: memref<64xui8>, %s: memref<16xi32>, %i: index, %acc: i32) {
  helium.copy %m[%i], %x[%i], %i, %i {length = 5 : i64, zero_point = -3 : i64} : memref<64xi8>, memref<64xi8>
  helium.copy %u[%i], %x[%i], %i, %i {length = 5 : i64, zero_point = 3 : i64} : memref<64xui8>, memref<64xi8>
  helium.fill %x[%i to %i] {value = -128 : i64} : memref<64xi8>
  %s0, %s1, %s2, %s3 = helium.dot %x[%i], %m[%i] into %acc, %acc, %acc, %acc {lanes = 5 : i64, pixel_step = 4 : i64} : memref<64xi8>, memref<64xi8> -> i32, i32, i32, i32
  helium.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {pixels = 2 : i64, channels = 3 : i64, lanes = 5 : i64, pixel_step = 4 : i64, shift = 3 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  helium.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {pixels = 2 : i64, channels = 3 : i64, lanes = 5 : i64, pixel_step = 4 : i64, twice} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  helium.columns %u[%i, %i] from %i to %i, %x[%i] {pixels = 2 : i64, channels = 3 : i64, depth = 3 : i64, pitch = 32 : i64, plane = 32 : i64, zero_point = 3 : i64} : memref<64xui8>, memref<64xi8>
  %t0, %t1, %t2, %t3 = helium.window %x[%i], %m[%i] into %acc, %acc, %acc, %acc {step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64} : memref<64xi8>, memref<64xi8> -> i32, i32, i32, i32
  helium.words %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {channels = 3 : i64, pixels = 2 : i64, step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64, depth = 3 : i64, shift = 3 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  helium.words %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {channels = 3 : i64, pixels = 2 : i64, step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64, depth = 3 : i64, twice} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
  helium.sum %x[%i], %x[%i] to %m[%i] {length = 5 : i64, factor_x = 3 : i64, factor_y = 4 : i64, constant = -7 : i64, shift = 2 : i64, low = -128 : i64, high = 127 : i64} : memref<64xi8>, memref<64xi8>, memref<64xi8>
  func.return
}

// CHECK:      func.func @vectors(%m: memref<64xi8>, %x: memref<64xi8>, %u: memref<64xui8>, %s: memref<16xi32>, %i: index, %acc: i32) {
// CHECK-NEXT:     helium.copy %m[%i], %x[%i], %i, %i {length = 5 : i64, zero_point = -3 : i64} : memref<64xi8>, memref<64xi8>
// CHECK-NEXT:     helium.copy %u[%i], %x[%i], %i, %i {length = 5 : i64, zero_point = 3 : i64} : memref<64xui8>, memref<64xi8>
// CHECK-NEXT:     helium.fill %x[%i to %i] {value = -128 : i64} : memref<64xi8>
// CHECK-NEXT:     %s0, %s1, %s2, %s3 = helium.dot %x[%i], %m[%i] into %acc, %acc, %acc, %acc {lanes = 5 : i64, pixel_step = 4 : i64} : memref<64xi8>, memref<64xi8> -> i32, i32, i32, i32
// CHECK-NEXT:     helium.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {pixels = 2 : i64, channels = 3 : i64, lanes = 5 : i64, pixel_step = 4 : i64, shift = 3 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
// CHECK-NEXT:     helium.tile %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {pixels = 2 : i64, channels = 3 : i64, lanes = 5 : i64, pixel_step = 4 : i64, twice} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
// CHECK-NEXT:     helium.columns %u[%i, %i] from %i to %i, %x[%i] {pixels = 2 : i64, channels = 3 : i64, depth = 3 : i64, pitch = 32 : i64, plane = 32 : i64, zero_point = 3 : i64} : memref<64xui8>, memref<64xi8>
// CHECK-NEXT:     %t0, %t1, %t2, %t3 = helium.window %x[%i], %m[%i] into %acc, %acc, %acc, %acc {step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64} : memref<64xi8>, memref<64xi8> -> i32, i32, i32, i32
// CHECK-NEXT:     helium.words %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {channels = 3 : i64, pixels = 2 : i64, step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64, depth = 3 : i64, shift = 3 : i64} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
// CHECK-NEXT:     helium.words %x[%i], %m[%i], %s[%i], %s[%i] to %m[%i] {channels = 3 : i64, pixels = 2 : i64, step = 32 : i64, pitch = 32 : i64, quads = 1 : i64, planes = 1 : i64, plane = 64 : i64, depth = 3 : i64, twice} : memref<64xi8>, memref<64xi8>, memref<16xi32>, memref<16xi32>, memref<64xi8>
// CHECK-NEXT:     helium.sum %x[%i], %x[%i] to %m[%i] {length = 5 : i64, factor_x = 3 : i64, factor_y = 4 : i64, constant = -7 : i64, shift = 2 : i64, low = -128 : i64, high = 127 : i64} : memref<64xi8>, memref<64xi8>, memref<64xi8>

// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

func.func @f(%p: tensor<16xi8>) {
  %w = vpool.unpack %p {layout = "diagonals"} : tensor<16xi8> -> tensor<3x4xi8>
  func.return
}
// CHECK: (C1) layout must be one of patches, taps, columns, rows, bytes-patches, bytes-taps, bytes-columns, vectors-patches, vectors-taps, vectors-columns, planes, words, reals-4, reals-8, found diagonals

// -----

func.func @f(%p: tensor<15xi8>) {
  %w = vpool.unpack %p {layout = "patches"} : tensor<15xi8> -> tensor<3x4xi8>
  func.return
}
// CHECK: (C2) 16 packed elements expected, found 15

// -----

func.func @f(%p: tensor<16xi8>) {
  %w = vpool.unpack %p {layout = "patches", pieces = 2 : i64} : tensor<16xi8> -> tensor<3x4xi8>
  func.return
}
// CHECK: (C3) pieces must divide 1, found 2

// -----

func.func @f(%x: memref<8xi16>, %w: memref<16xi8>, %i: index, %a: i32) {
  %s = dsp.dot %x[%i], %w[%i] into %a {quads = 1 : i64, pixel_step = 4 : i64} : memref<8xi16>, memref<16xi8> -> i32
  func.return
}
// CHECK: (C2) four or eight accumulators and as many results needed, found 1 and 1

// -----

func.func @f(%x: memref<8xi8>, %w: memref<16xi8>, %i: index) {
  dsp.widen %w[%i], %x[%i] lanes %i, %i {length = 4 : i64, zero_point = 0 : i64} : memref<16xi8>, memref<8xi8>
  func.return
}
// CHECK: (C1) target must be flat with elements of 16 bits, found memref<8xi8>

// RUN: nnopt-opt %s -p lower-kernels | filecheck %s

// Softmax in integers: the largest element, the sum of exponentials in Q12.19, the result.
func.func @main(%x: memref<20xi8>, %y: memref<20xi8>) {
  vpool.launch "softmax" ins(%x : memref<20xi8>) outs(%y : memref<20xi8>) {
  ^bb0(%a: tensor<2x10xi8>):
    %r = fxp.softmax %a {table = dense<2147483647> : tensor<256xi32>} : tensor<2x10xi8> -> tensor<2x10xi8>
    vpool.yield %r : tensor<2x10xi8>
  }
  func.return
}

// CHECK:      func.func private @softmax(%x: memref<20xi8>, %out: memref<20xi8>, %table: memref<256xi32>) {
// CHECK:        scf.for %i0 =
// CHECK:          scf.for {{.*}} iter_args(%peak =
// CHECK:            arith.maxsi
// CHECK:          scf.for {{.*}} iter_args(%total =
// CHECK:            arith.subi
// CHECK:            vpool.load %table
// CHECK:          emitc.call_opaque "nnopt_inverse"(
// CHECK:          emitc.call_opaque "nnopt_inverse_shift"(
// CHECK:          scf.for
// CHECK:            vpool.load %table
// CHECK:            fxp.apply_scale {{.*}} {rounding = "double"} : i32
// CHECK:            fxp.saturate {{.*}} {min = -128 : i32, max = 127 : i32} : i32
// CHECK:            vpool.store

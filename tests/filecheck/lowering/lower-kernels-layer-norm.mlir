// RUN: nnopt-opt %s -p lower-kernels | filecheck %s

// Layer normalization in integers: two sums, one root, one reciprocal per row; no division.
func.func @main(%x: memref<8xi8>, %y: memref<8xi8>) {
  vpool.launch "norm" ins(%x : memref<8xi8>) outs(%y : memref<8xi8>) {
  ^bb0(%a: tensor<2x4xi8>):
    %r = fxp.layer_norm %a {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<2x4xi8> -> tensor<2x4xi8>
    vpool.yield %r : tensor<2x4xi8>
  }
  func.return
}

// CHECK:      func.func private @norm(%x: memref<8xi8>, %out: memref<8xi8>, %gains: memref<4xi32>, %offsets: memref<4xi32>) {
// CHECK:        scf.for %i0 =
// CHECK:          scf.for {{.*}} iter_args(%total = %{{.*}}, %squares =
// CHECK:            arith.extsi
// CHECK:          emitc.call_opaque "nnopt_root"(
// CHECK:          emitc.call_opaque "nnopt_inverse"(
// CHECK:          emitc.call_opaque "nnopt_root_lift"(
// CHECK:          scf.for
// CHECK-NOT:        div
// CHECK:            fxp.apply_scale {{.*}} {rounding = "half_up"} : i32
// CHECK:            vpool.load %gains
// CHECK:            vpool.load %offsets
// CHECK:            fxp.rounding_shift
// CHECK:            fxp.saturate {{.*}} {min = -128 : i32, max = 127 : i32} : i32
// CHECK:            vpool.store

// The same in real numbers.
func.func @real(%x: memref<8xf32>, %s: memref<4xf32>, %b: memref<4xf32>, %y: memref<8xf32>) {
  vpool.launch "rows" ins(%x, %s, %b : memref<8xf32>, memref<4xf32>, memref<4xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: tensor<2x4xf32>, %c: tensor<4xf32>, %d: tensor<4xf32>):
    %r = nn.layer_norm %a, %c, %d {epsilon = 1.0e-05 : f32} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
    vpool.yield %r : tensor<2x4xf32>
  }
  func.return
}

// CHECK:      func.func private @rows(
// CHECK:        scf.for %i0 =
// CHECK:          scf.for
// CHECK:          arith.divf
// CHECK:          scf.for
// CHECK:          emitc.call_opaque "nnopt_sqrt"(
// CHECK:          emitc.call_opaque "nnopt_reciprocal"(
// CHECK:          scf.for
// CHECK-NOT:        arith.divf
// CHECK:            vpool.store

// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="rv32im"},pack-weights' | filecheck %s --check-prefix=PACKED
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="rv32im"},pack-weights,place,lower-kernels' -t c | filecheck %s

// Without SIMD: weights as bytes in the order of their use, four channels of up to four rows at a time.
func.func @main(%x: tensor<3x5xi8>) -> tensor<3x4xi8> {
  %w = nn.constant {value = dense<[[1, 2, 3, 4, 5], [-1, -2, -3, -4, -5], [6, 7, 8, 9, 10], [0, 1, 0, 1, 0]]> : tensor<4x5xi8>} : tensor<4x5xi8>
  %b = nn.constant {value = dense<[10, 20, 30, 40]> : tensor<4xi32>} : tensor<4xi32>
  %q = vpool.kernel "dense" ins(%x, %w, %b : tensor<3x5xi8>, tensor<4x5xi8>, tensor<4xi32>) -> tensor<3x4xi8> {
  ^bb0(%x0: tensor<3x5xi8>, %w0: tensor<4x5xi8>, %b0: tensor<4xi32>):
    %a = nn.fully_connected %x0, %w0, %b0 {input_zero_point = 3 : i32} : (tensor<3x5xi8>, tensor<4x5xi8>, tensor<4xi32>) -> tensor<3x4xi32>
    %r = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 33>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<3x4xi32> -> tensor<3x4xi8>
    vpool.yield %r : tensor<3x4xi8>
  }
  func.return %q : tensor<3x4xi8>
}
// PACKED:       nn.constant {value = dense<[1, -1, 6, 0, 2, -2, 7, 1, 3, -3, 8, 0, 4, -4, 9, 1, 5, -5, 10, 0]> : tensor<20xi8>}
// PACKED:       schedule <"blocks",
// PACKED:       vpool.unpack %{{.*}} {layout = "bytes-patches"}

// CHECK-LABEL: static NNOPT_BLOCKS void net_dense(
// CHECK:         scratch[i] = (int16_t)(x[i] - 3);
// CHECK:         nnopt_dot_plain_4x3(scratch, weights, 5, 5, &acc0, &acc01, &acc02, &acc03, &acc1, &acc11,
// CHECK:         out[0] = (int8_t)nnopt_ssat8(nnopt_smmla(acc0, 1073741824, 1), 1);

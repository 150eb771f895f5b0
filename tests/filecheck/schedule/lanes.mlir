// RUN: nnopt-opt %s -p 'schedule{algorithm=lanes isa="armv7e-m"},pack-weights,place,lower-kernels' -t c | filecheck %s

// Inputs are widened once; one block of four channels and two rows; a rescale is one high multiply.
func.func @main(%x: tensor<2x4xi8>) -> tensor<2x3xi8> {
  %w = nn.constant {value = dense<[[1, 2, 3, 4], [-1, -2, -3, -4], [5, 6, 7, 8]]> : tensor<3x4xi8>} : tensor<3x4xi8>
  %b = nn.constant {value = dense<[10, 20, 30]> : tensor<3xi32>} : tensor<3xi32>
  %q = vpool.kernel "dense" ins(%x, %w, %b : tensor<2x4xi8>, tensor<3x4xi8>, tensor<3xi32>) -> tensor<2x3xi8> {
  ^bb0(%x0: tensor<2x4xi8>, %w0: tensor<3x4xi8>, %b0: tensor<3xi32>):
    %a = nn.fully_connected %x0, %w0, %b0 {input_zero_point = 3 : i32} : (tensor<2x4xi8>, tensor<3x4xi8>, tensor<3xi32>) -> tensor<2x3xi32>
    %r = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 33>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<2x3xi32> -> tensor<2x3xi8>
    vpool.yield %r : tensor<2x3xi8>
  }
  func.return %q : tensor<2x3xi8>
}
// CHECK-LABEL: static NNOPT_KERNEL void net_dense(
// CHECK:         nnopt_widen_i8(scratch, x, 8, -131075);
// CHECK:         nnopt_dot_4x2(scratch, weights, 1, 4, &acc0, &acc01, &acc02, &acc03, &acc1, &acc11, &acc12,
// CHECK:         out[0] = (int8_t)nnopt_ssat8(nnopt_smmla(acc0, 1073741824, 1), 1);
// CHECK-LABEL: int net_run(
// CHECK:         net_dense(x, net_dense_weights, net_dense_bias, out, (int16_t *)(void *)pool);

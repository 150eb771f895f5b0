// RUN: nnopt-opt %s -p 'schedule{algorithm=vectors isa="helium"},pack-weights' | filecheck %s
// RUN: nnopt-opt %s -p 'schedule{algorithm=vectors isa="helium"},pack-weights' --verify-each-semantics random | filecheck %s
// RUN: nnopt-opt %s -p 'schedule{algorithm=vectors isa="helium"},pack-weights,place,lower-kernels' -t c | filecheck %s --check-prefix=C

// Weights in vectors of 16, zeros behind the last; what a zero point of 3 adds is taken off the bias.
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
// CHECK:         nn.constant {value = dense<[1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -2, -3, -4, 0, {{.*}} : tensor<64xi8>
// CHECK:         nn.constant {value = dense<[-20, 50, -48]> : tensor<3xi32>} : tensor<3xi32>
// CHECK:         schedule <"vectors", order = ["oh", "ow", "oc"], block = [1, 1], isa = "helium"> {
// CHECK:           %w0 = vpool.unpack %{{.*}} {layout = "vectors-patches"} : tensor<64xi8> -> tensor<3x4xi8>
// CHECK-NEXT:      %b0 = vpool.unshift_bias %{{.*}}, %w0 {zero_point = 3 : i64} : tensor<3xi32>, tensor<3x4xi8> -> tensor<3xi32>
// CHECK-NEXT:      %a = nn.fully_connected %x0, %w0, %b0 {input_zero_point = 3 : i32} : (tensor<2x4xi8>, tensor<3x4xi8>, tensor<3xi32>) -> tensor<2x3xi32>

// C:      nnopt_helium_copy_i8(scratch, x, 0, 8, 8, 3);
// C-NEXT: nnopt_helium_tile(scratch, weights, bias, scale, out, 2, 3, 4, 4, 1);

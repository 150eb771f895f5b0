// RUN: nnopt-opt %s -p 'schedule{algorithm=lanes isa="armv7e-m"},pack-weights' | filecheck %s
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="portable"},pack-weights' | filecheck %s --check-prefix=PORTABLE

// Two channels a word, bytes 1 and 3 one less where the channel before is negative; a channel of zeros fills up.
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
// CHECK:         %0 = nn.constant {value = dense<[1, -1, 3, -3, 5, 0, 7, 0, 2, -2, 4, -4, 6, 0, 8, 0]> : tensor<16xi8>} : tensor<16xi8>
// CHECK-NEXT:    %q = vpool.kernel "dense" ins(%x, %0, %b : tensor<2x4xi8>, tensor<16xi8>, tensor<3xi32>) -> tensor<2x3xi8> schedule <"lanes", order = ["oh", "ow", "oc"], block = [1, 1], isa = "armv7e-m"> {
// CHECK-NEXT:    ^bb0(%x0: tensor<2x4xi8>, %1: tensor<16xi8>, %b0: tensor<3xi32>):
// CHECK-NEXT:      %w0 = vpool.unpack %1 {layout = "patches"} : tensor<16xi8> -> tensor<3x4xi8>
// CHECK-NEXT:      %a = nn.fully_connected %x0, %w0, %b0 {input_zero_point = 3 : i32} : (tensor<2x4xi8>, tensor<3x4xi8>, tensor<3xi32>) -> tensor<2x3xi32>

// PORTABLE-NOT:  vpool.unpack
// PORTABLE:      schedule <"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable">

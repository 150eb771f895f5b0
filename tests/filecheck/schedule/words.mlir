// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="helium"},pack-weights' --verify-each-semantics random | filecheck %s
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="helium"},pack-weights,place,lower-kernels' -t c | filecheck %s --check-prefix=C

// Depthwise windows as words of four rows: column by column, the fourth row and column are zeros.
func.func @main(%x: tensor<1x6x6x8xi8>) -> tensor<1x6x6x8xi8> {
  %w = nn.constant {value = dense<1> : tensor<8x3x3x1xi8>} : tensor<8x3x3x1xi8>
  %b = nn.constant {value = dense<10> : tensor<8xi32>} : tensor<8xi32>
  %q = vpool.kernel "dw" ins(%x, %w, %b : tensor<1x6x6x8xi8>, tensor<8x3x3x1xi8>, tensor<8xi32>) -> tensor<1x6x6x8xi8> {
  ^bb0(%x0: tensor<1x6x6x8xi8>, %w0: tensor<8x3x3x1xi8>, %b0: tensor<8xi32>):
    %a = nn.conv2d %x0, %w0, %b0 {pads = array<i64: 1, 1, 1, 1>, groups = 8 : i64, input_zero_point = -3 : i32} : (tensor<1x6x6x8xi8>, tensor<8x3x3x1xi8>, tensor<8xi32>) -> tensor<1x6x6x8xi32>
    %r = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 33>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x6x6x8xi32> -> tensor<1x6x6x8xi8>
    vpool.yield %r : tensor<1x6x6x8xi8>
  }
  func.return %q : tensor<1x6x6x8xi8>
}
// CHECK:         nn.constant {value = dense<"0x01010100010101000101010000000000{{[01]*}}"> : tensor<128xi8>
// CHECK:         schedule <"words", order = ["oh", "ow", "oc"], block = [1, 1], isa = "helium"> {
// CHECK:           vpool.unpack %{{.*}} {layout = "words"} : tensor<128xi8> -> tensor<8x3x3x1xi8>
// CHECK-NEXT:      vpool.unshift_bias %{{.*}}, %w0 {zero_point = -3 : i64}

// C:      nnopt_helium_fill(scratch, 0, 384, -3);
// C:      nnopt_helium_columns_i8(&scratch[32], (const void *const[]){
// C:      nnopt_helium_words_32(scratch, weights, bias, scale, &out[oh * 48], 8, 6, 32, 1, 1, 384, 8,

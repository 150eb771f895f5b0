// RUN: nnopt-opt %s -p 'fuse-rows' | filecheck %s
// RUN: nnopt-opt %s -p 'fuse-rows{match="a"}' | filecheck %s --check-prefix NONE
// RUN: nnopt-opt %s -p 'fuse-rows,place,lower-kernels' -t c | filecheck %s --check-prefix C

// The tensor between two windows never exists as a whole: one kernel, with a ring of three rows.
func.func @main(%x: tensor<1x6x5x2xi8>) -> tensor<1x6x5x2xi32> {
  %w = nn.constant {value = dense<3> : tensor<4x3x3x2xi8>} : tensor<4x3x3x2xi8>
  %b = nn.constant {value = dense<7> : tensor<4xi32>} : tensor<4xi32>
  %w2 = nn.constant {value = dense<2> : tensor<2x3x3x4xi8>} : tensor<2x3x3x4xi8>
  %b2 = nn.constant {value = dense<-9> : tensor<2xi32>} : tensor<2xi32>
  %p = vpool.kernel "a" ins(%x, %w, %b : tensor<1x6x5x2xi8>, tensor<4x3x3x2xi8>, tensor<4xi32>)
      -> tensor<1x6x5x4xi8> {
  ^bb0(%x0: tensor<1x6x5x2xi8>, %w0: tensor<4x3x3x2xi8>, %b0: tensor<4xi32>):
    %c = nn.conv2d %x0, %w0, %b0 {pads = array<i64: 1, 1, 1, 1>}
        : (tensor<1x6x5x2xi8>, tensor<4x3x3x2xi8>, tensor<4xi32>) -> tensor<1x6x5x4xi32>
    %q = fxp.requantize %c {multiplier = array<i32: 1073741824>, shift = array<i32: 35>,
        rounding = "half_even", min = -128 : i32, max = 127 : i32}
        : tensor<1x6x5x4xi32> -> tensor<1x6x5x4xi8>
    vpool.yield %q : tensor<1x6x5x4xi8>
  }
  %r = vpool.kernel "b" ins(%p, %w2, %b2 : tensor<1x6x5x4xi8>, tensor<2x3x3x4xi8>, tensor<2xi32>)
      -> tensor<1x6x5x2xi32> {
  ^bb0(%p0: tensor<1x6x5x4xi8>, %w0: tensor<2x3x3x4xi8>, %b0: tensor<2xi32>):
    %c = nn.conv2d %p0, %w0, %b0 {pads = array<i64: 1, 1, 1, 1>}
        : (tensor<1x6x5x4xi8>, tensor<2x3x3x4xi8>, tensor<2xi32>) -> tensor<1x6x5x2xi32>
    vpool.yield %c : tensor<1x6x5x2xi32>
  }
  func.return %r : tensor<1x6x5x2xi32>
}

// CHECK:         %{{.+}} = vpool.kernel "a + b" ins(%x, %w, %b, %w2, %b2 : {{.+}}) -> tensor<1x6x5x2xi32> schedule <"rows", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable"> {
// CHECK:           nn.conv2d
// CHECK-NEXT:      fxp.requantize
// CHECK-NEXT:      nn.conv2d
// CHECK-NEXT:      vpool.yield
// CHECK-NOT:     vpool.kernel

// NONE:          vpool.kernel "a"
// NONE:          vpool.kernel "b"

// C-LABEL: static void net_a_b(
// C:         for (int32_t step = 0; step < 6; step++) {
// C:             for (int32_t row0 = rows0; row0 < rows0_end; row0++) {
// C:                 const int32_t row = row0 % 3;
// C:                         scratch[row * 20 + ow * 4 + oc] = (int8_t)
// C:             const int32_t x_from = ((ih + kh) % 3 * 5 + iw) * 4
// C:         rows0 = rows0_end;

// RUN: nnopt-opt %s -p 'fuse-rows{match="" tile=1,2}' --verify-each-semantics random | filecheck %s
// RUN: nnopt-opt %s -p 'fuse-rows{match="" tile=1,2},place,lower-kernels' -t c | filecheck %s --check-prefix C
// RUN: nnopt-opt %s -p 'fuse-rows{recompute=9.0}' | filecheck %s --check-prefix SEARCH
// RUN: not nnopt-opt %s -p 'fuse-rows{match="" tile=0,2}' 2>&1 | filecheck %s --check-prefix TILE
// RUN: not nnopt-opt %s -p 'fuse-rows{recompute=0.5}' 2>&1 | filecheck %s --check-prefix FACTOR

// TILE: fuse-rows: tile must be two positive numbers, found [0, 2]
// FACTOR: fuse-rows: recompute must be at least 1, found 0.5

// Two pixels of the output at a time: for them the first window computes a patch of three rows and
// four columns, a part of which it has computed before.
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

// CHECK:         vpool.kernel "a + b" ins(%x, %w, %b, %w2, %b2 : {{.+}}) -> tensor<1x6x5x2xi32> schedule <"patches", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", tile = [1, 2]> {
// CHECK:           nn.conv2d
// CHECK-NEXT:      fxp.requantize
// CHECK-NEXT:      nn.conv2d
// CHECK-NEXT:      vpool.yield
// CHECK-NOT:     vpool.kernel

// C-LABEL: static void net_a_b(
// C:         for (int32_t tile_row = 0; tile_row < 6; tile_row++) {
// C:             const int32_t row0 = nnopt_max_i32(0, tile_row - 1);
// C:             for (int32_t tile_column = 0; tile_column < 5; tile_column += 2) {
// C:                 const int32_t column0_end = nnopt_min_i32(5, tile_column_end + 1);
// C:                 const int32_t patch0 = row0 * 4 + column0;
// C:                 for (int32_t oh = row0; oh < row0_end; oh++) {
// C:                         scratch[(oh * 4 + ow - patch0) * 4 + oc] = (int8_t)
// C:                 const int32_t x_from = ((ih + kh) * 4 + iw - patch0) * 4 + v

// SEARCH:        schedule <"patches", {{.+}}, tile = [1, 1]> {

// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa=armv7e-m},pack-weights,fuse-rows{match="" groups=true}' --verify-each-semantics random | filecheck %s
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa=armv7e-m},pack-weights,fuse-rows{match="" groups=true},place,lower-kernels' -t c | filecheck %s --check-prefix C

// The wide tensor between the two is expanded in groups of channels, right before they are read:
// of a window of three rows at a stride of two, one row is kept.
func.func @main(%x: tensor<1x8x16x4xi8>) -> tensor<1x4x8x8xi8> {
  %w = nn.constant {value = dense<3> : tensor<8x1x1x4xi8>} : tensor<8x1x1x4xi8>
  %b = nn.constant {value = dense<7> : tensor<8xi32>} : tensor<8xi32>
  %w2 = nn.constant {value = dense<2> : tensor<8x3x3x1xi8>} : tensor<8x3x3x1xi8>
  %p = vpool.kernel "expand" ins(%x, %w, %b : tensor<1x8x16x4xi8>, tensor<8x1x1x4xi8>, tensor<8xi32>)
      -> tensor<1x8x16x8xi8> {
  ^bb0(%x0: tensor<1x8x16x4xi8>, %w0: tensor<8x1x1x4xi8>, %b0: tensor<8xi32>):
    %c = nn.conv2d %x0, %w0, %b0
        : (tensor<1x8x16x4xi8>, tensor<8x1x1x4xi8>, tensor<8xi32>) -> tensor<1x8x16x8xi32>
    %q = fxp.requantize %c {multiplier = array<i32: 1073741824>, shift = array<i32: 35>,
        rounding = "half_even", min = -128 : i32, max = 127 : i32}
        : tensor<1x8x16x8xi32> -> tensor<1x8x16x8xi8>
    vpool.yield %q : tensor<1x8x16x8xi8>
  }
  %r = vpool.kernel "dw" ins(%p, %w2, %b : tensor<1x8x16x8xi8>, tensor<8x3x3x1xi8>, tensor<8xi32>)
      -> tensor<1x4x8x8xi8> {
  ^bb0(%p0: tensor<1x8x16x8xi8>, %w0: tensor<8x3x3x1xi8>, %b0: tensor<8xi32>):
    %c = nn.conv2d %p0, %w0, %b0 {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>, groups = 8 : i64}
        : (tensor<1x8x16x8xi8>, tensor<8x3x3x1xi8>, tensor<8xi32>) -> tensor<1x4x8x8xi32>
    %q = fxp.requantize %c {multiplier = array<i32: 1073741824>, shift = array<i32: 35>,
        rounding = "half_even", min = -128 : i32, max = 127 : i32}
        : tensor<1x4x8x8xi32> -> tensor<1x4x8x8xi8>
    vpool.yield %q : tensor<1x4x8x8xi8>
  }
  func.return %r : tensor<1x4x8x8xi8>
}

// CHECK:         vpool.kernel "expand + dw" ins({{.+}}) -> tensor<1x4x8x8xi8> schedule <"row-groups",
// CHECK:           nn.conv2d
// CHECK:           nn.conv2d
// CHECK-NOT:     vpool.kernel

// C-LABEL: static NNOPT_KERNEL void net_expand_dw(
// C:         for (int32_t step = 0; step < 4; step++) {
// C:           for (int32_t c = 0; c < 8; c += 4) {
// C:             for (int32_t new_ = rows0; new_ < rows0_end; new_++) {
// C:               nnopt_widen_i8(scratch1, &x[new_ * 64 +
// C:               nnopt_dot_4x2(scratch1, &weights[c * 4],
// C:               nnopt_planes_i8(

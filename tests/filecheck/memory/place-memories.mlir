// RUN: nnopt-opt %s -p 'place{io=pool memories="fast:64,slow:256"}' --verify-each-semantics random | filecheck %s
// RUN: nnopt-opt %s -p 'place{io=pool memories="fast:64,slow:256"},lower-kernels' -t c | filecheck %s --check-prefix C
// RUN: not nnopt-opt %s -p 'place{io=pool memories="fast:8,slow:64"}' 2>&1 | filecheck %s --check-prefix SMALL
// RUN: not nnopt-opt %s -p 'place{memories="fast:8"}' 2>&1 | filecheck %s --check-prefix ONE

// The image is read nine times for each output, and lies in the fast memory; its input does not fit.
func.func @main(%x: tensor<1x4x4x8xi8> {nn.name = "x"}) -> (tensor<1x2x2x2xi8> {nn.name = "y"}) {
  %w = nn.constant {value = dense<3> : tensor<2x1x1x8xi8>} : tensor<2x1x1x8xi8>
  %w2 = nn.constant {value = dense<2> : tensor<2x3x3x2xi8>} : tensor<2x3x3x2xi8>
  %b = nn.constant {value = dense<7> : tensor<2xi32>} : tensor<2xi32>
  %p = vpool.kernel "a" ins(%x, %w, %b : tensor<1x4x4x8xi8>, tensor<2x1x1x8xi8>, tensor<2xi32>)
      -> tensor<1x4x4x2xi8> {
  ^bb0(%x0: tensor<1x4x4x8xi8>, %w0: tensor<2x1x1x8xi8>, %b0: tensor<2xi32>):
    %c = nn.conv2d %x0, %w0, %b0
        : (tensor<1x4x4x8xi8>, tensor<2x1x1x8xi8>, tensor<2xi32>) -> tensor<1x4x4x2xi32>
    %q = fxp.requantize %c {multiplier = array<i32: 1073741824>, shift = array<i32: 35>,
        rounding = "half_even", min = -128 : i32, max = 127 : i32}
        : tensor<1x4x4x2xi32> -> tensor<1x4x4x2xi8>
    vpool.yield %q : tensor<1x4x4x2xi8>
  }
  %r = vpool.kernel "b" ins(%p, %w2, %b : tensor<1x4x4x2xi8>, tensor<2x3x3x2xi8>, tensor<2xi32>)
      -> tensor<1x2x2x2xi8> {
  ^bb0(%p0: tensor<1x4x4x2xi8>, %w0: tensor<2x3x3x2xi8>, %b0: tensor<2xi32>):
    %c = nn.conv2d %p0, %w0, %b0
        : (tensor<1x4x4x2xi8>, tensor<2x3x3x2xi8>, tensor<2xi32>) -> tensor<1x2x2x2xi32>
    %q = fxp.requantize %c {multiplier = array<i32: 1073741824>, shift = array<i32: 35>,
        rounding = "half_even", min = -128 : i32, max = 127 : i32}
        : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xi8>
    vpool.yield %q : tensor<1x2x2x2xi8>
  }
  func.return %r : tensor<1x2x2x2xi8>
}

// CHECK:       func.func @main(%x: memref<128xi8> {{.+}} vpool.memory = "slow"}, %out: memref<8xi8> {{.+}} vpool.memory = "fast"}, %fast: memref<{{[0-9]+}}xi8> {vpool.role = "arena", vpool.memory = "fast"}, %slow: memref<128xi8> {vpool.role = "arena", vpool.memory = "slow"})
// CHECK:         %p = vpool.view %fast[{{[0-9]+}}] : memref<{{[0-9]+}}xi8> to memref<32xi8>

// C:           int net_run(void *arena_fast, void *arena_slow)
// C-NEXT:      {
// C-NEXT:          int8_t *const pool_fast = arena_fast;
// C-NEXT:          int8_t *const pool_slow = arena_slow;
// C-NEXT:          int8_t *const x = pool_slow;

// SMALL: place: the tensors do not fit into 8 bytes of fast and 64 bytes of slow; in one memory they need {{[0-9]+}} bytes
// ONE: place: give two memories or more, or none

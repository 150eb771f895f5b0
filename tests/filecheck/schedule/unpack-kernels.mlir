// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},unpack-kernels{layers="sparse"},pack-weights' | filecheck %s
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},unpack-kernels' | filecheck %s --check-prefix=AUTO
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},unpack-kernels{flash=100}' | filecheck %s --check-prefix=SMALL
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},unpack-kernels{layers="sparse"},pack-weights,place,lower-kernels' -t c | filecheck %s --check-prefix=C
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},unpack-kernels{layers="sparse","full"},pack-weights,place,lower-kernels' --verify-each-semantics random | filecheck %s --check-prefix=LOOPS
// RUN: not nnopt-opt %s -p 'schedule{isa="armv7e-m"},unpack-kernels{layers="conv"}' 2>&1 | filecheck %s --check-prefix=NAME
// RUN: not nnopt-opt %s -p 'schedule{isa="armv7e-m"},unpack-kernels{layers="full" flash=100}' 2>&1 | filecheck %s --check-prefix=FLASH

// Four pixels of two channels at a time; a pair of zeros is no step, a single weight a shorter one.
func.func @main(%x: tensor<4x4xi8> {nn.name = "x"}) -> (tensor<4x2xi8> {nn.name = "y"}) {
  %w = nn.constant {value = dense<[[1, 0, 3, 0], [-1, 2, 0, 0]]> : tensor<2x4xi8>} : tensor<2x4xi8>
  %b = nn.constant {value = dense<[10, 20]> : tensor<2xi32>} : tensor<2xi32>
  %p = vpool.kernel "sparse" ins(%x, %w, %b : tensor<4x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<4x2xi8> {
  ^bb0(%x0: tensor<4x4xi8>, %w0: tensor<2x4xi8>, %b0: tensor<2xi32>):
    %a = nn.fully_connected %x0, %w0, %b0 {input_zero_point = 3 : i32} : (tensor<4x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<4x2xi32>
    %r = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 33>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<4x2xi32> -> tensor<4x2xi8>
    vpool.yield %r : tensor<4x2xi8>
  }
  %v = nn.constant {value = dense<[[5, 6], [7, 8]]> : tensor<2x2xi8>} : tensor<2x2xi8>
  %q = vpool.kernel "full" ins(%p, %v, %b : tensor<4x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<4x2xi8> {
  ^bb0(%x0: tensor<4x2xi8>, %w0: tensor<2x2xi8>, %b0: tensor<2xi32>):
    %a = nn.fully_connected %x0, %w0, %b0 : (tensor<4x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<4x2xi32>
    %r = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 33>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<4x2xi32> -> tensor<4x2xi8>
    vpool.yield %r : tensor<4x2xi8>
  }
  func.return %q : tensor<4x2xi8>
}

// CHECK-NOT:  tensor<2x4xi8>} : tensor<2x4xi8>
// CHECK:      vpool.kernel "sparse" ins(%x, %b : tensor<4x4xi8>, tensor<2xi32>) -> tensor<4x2xi8> schedule <"unpacked", order = ["oh", "ow", "oc"], block = [1, 1], isa = "armv7e-m"> {
// CHECK-NEXT: ^bb0(%x0: tensor<4x4xi8>, %b0: tensor<2xi32>):
// CHECK-NEXT:   %w0 = nn.constant {value = dense<{{\[\[}}1, 0, 3, 0], [-1, 2, 0, 0]]> : tensor<2x4xi8>} : tensor<2x4xi8>
// CHECK-NEXT:   nn.fully_connected %x0, %w0, %b0
// CHECK:      vpool.kernel "full" {{.*}} schedule <"direct"

// AUTO:       vpool.kernel "sparse" {{.*}} schedule <"unpacked"
// AUTO:       vpool.kernel "full" {{.*}} schedule <"direct"

// SMALL:      vpool.kernel "sparse" {{.*}} schedule <"direct"

// C:          static NNOPT_KERNEL void net_sparse(
// C:          NNOPT_UNPACKED_BEGIN
// C-NEXT:     NNOPT_UNPACKED_LOAD(0, 0)
// C-NEXT:     NNOPT_UNPACKED_LOAD(1, 8)
// C-NEXT:     NNOPT_UNPACKED_LOAD(2, 16)
// C-NEXT:     NNOPT_UNPACKED_LOAD(3, 24)
// C-NEXT:     NNOPT_UNPACKED_PAIR_4(0, 2, 4, 6, 0, 1, 2, 3, 1, 3)
// C-NEXT:     NNOPT_UNPACKED_LOW_4(1, 3, 5, 7, 0, 1, 2, 3, 65535)
// C:          NNOPT_UNPACKED_LOW_4(1, 3, 5, 7, 0, 1, 2, 3, 2)
// C-NEXT:     NNOPT_UNPACKED_END_8(x1, acc0, acc01, acc1, acc11, acc2, acc21, acc3, acc31)

// LOOPS:      dsp.unpacked %scratch

// NAME:       unpack-kernels: no layer is called 'conv', or it is not for Armv7E-M; there are sparse, full
// FLASH:      unpack-kernels: the code of full takes {{[0-9]+}} bytes, the limit is 100: unpack fewer layers, or allow more flash

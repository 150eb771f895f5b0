// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},pack-weights' | filecheck %s --check-prefix=PACKED
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},pack-weights,place,lower-kernels' -t c | filecheck %s

// One row of floats: eight channels together, whose weights are read once, side by side.
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
  %w = nn.constant {value = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>} : tensor<3x2xf32>
  %b = nn.constant {value = dense<[10.0, 20.0, 30.0]> : tensor<3xf32>} : tensor<3xf32>
  %q = vpool.kernel "dense" ins(%x, %w, %b : tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32> {
  ^bb0(%x0: tensor<1x2xf32>, %w0: tensor<3x2xf32>, %b0: tensor<3xf32>):
    %a = nn.fully_connected %x0, %w0, %b0 : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
    vpool.yield %a : tensor<1x3xf32>
  }
  func.return %q : tensor<1x3xf32>
}
// PACKED:       nn.constant {value = dense<[1.000000e+00, 3.000000e+00, 5.000000e+00, 0.000000e+00,
// PACKED:       schedule <"reals", order = ["oh", "ow", "oc"], block = [1, 8], isa = "armv7e-m">
// PACKED:       vpool.unpack %{{.*}} {layout = "reals-8"}

// CHECK-LABEL: static NNOPT_REAL_KERNEL void net_dense(
// CHECK:         float acc3 = 0.0f;
// CHECK:         nnopt_real_dot_8x1(x, weights, 2, &acc0, &acc1, &acc2, &acc3, &acc4, &acc5, &acc6,
// CHECK:         out[0] = acc0;

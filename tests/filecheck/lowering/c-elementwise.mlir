// RUN: nnopt-opt %s -p place,lower-kernels -t 'c{prefix="demo"}' | filecheck %s

// A network of two layers as one C file: weights, kernels, and the function that runs them.
func.func @main(%x: tensor<4xf32> {nn.name = "input"}) -> (tensor<4xi8> {nn.name = "output"}) {
  %c = nn.constant {value = dense<[0.5, -1.5, 1.0e-45, 3.0e+38]> : tensor<4xf32>} : tensor<4xf32>
  %a = vpool.kernel "net/Softmax" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x0: tensor<4xf32>):
    %s = nn.softmax %x0 {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  %b = vpool.kernel "net/Mul" ins(%a, %c : tensor<4xf32>, tensor<4xf32>) -> tensor<4xi8> {
  ^bb0(%a0: tensor<4xf32>, %c0: tensor<4xf32>):
    %m = nn.mul %a0, %c0 {act_max = 1.0 : f32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %q = fxp.from_real %m {scale = 0.5 : f32, zero_point = -3 : i32} : tensor<4xf32> -> tensor<4xi8>
    vpool.yield %q : tensor<4xi8>
  }
  func.return %b : tensor<4xi8>
}

// CHECK:      #include "nnopt_math.h"
// CHECK-NEXT: #include "nnopt_fxp.h"

// CHECK:      static const float demo_net_Mul_constant[4] = {
// CHECK-NEXT:     0.5f, -1.5f, 1e-45f, 3e+38f,
// CHECK-NEXT: };

// CHECK:      static void demo_net_Softmax(const float *x, float *out)
// CHECK:          float peak = -nnopt_inf();
// CHECK:          for (int32_t i = 0; i < 4; i++) {
// CHECK-NEXT:         peak = nnopt_max_f32(peak, x[i]);
// CHECK:              const float e = nnopt_exp(x[i] - peak);
// CHECK-NEXT:         out[i] = e;
// CHECK-NEXT:         total += e;
// CHECK:              out[i] = out[i] / total;

// CHECK:      static void demo_net_Mul(const float *x, const float *y, int8_t *out)
// CHECK:          for (int32_t i = 0; i < 4; i++) {
// CHECK:              nnopt_real_to_int({{.*}}0.5f, -3, -128, 127);

// CHECK:      int demo_run(const float *input, int8_t *output, void *arena)
// CHECK-NEXT: {
// CHECK-NEXT:     int8_t *const pool = arena;
// CHECK:          /* 0: net/Softmax (softmax) */
// CHECK-NEXT:     NNOPT_LAYER(0u);
// CHECK-NEXT:     demo_net_Softmax(input, (float *)(void *)pool);
// CHECK:          /* 1: net/Mul (mul) */
// CHECK-NEXT:     NNOPT_LAYER(1u);
// CHECK-NEXT:     demo_net_Mul((float *)(void *)pool, demo_net_Mul_constant, output);
// CHECK:          NNOPT_LAYER(2u);
// CHECK-NEXT:     return 0;
// CHECK-NEXT: }

// RUN: nnopt-opt %s -p binary-points | filecheck %s
// RUN: nnopt-opt %s -p binary-points,fold-qdq,lower-quantized | filecheck %s --check-prefix=SHIFTS

// The example of the documentation.
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.125:0>>
  %1 = fxp.dequantize %0 : tensor<4x!fxp.affine<i8, 0.125:0>> -> tensor<4xf32>
  func.return %1 : tensor<4xf32>
}
// CHECK-LABEL: func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:  %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.fixed<i8, 3>>
// CHECK-NEXT:  %1 = fxp.dequantize %0 : tensor<4x!fxp.fixed<i8, 3>> -> tensor<4xf32>
// CHECK-NEXT:  func.return %1 : tensor<4xf32>
// CHECK-NEXT:  }

// A layer: weights keep their type, what is moved between quantizers follows, steps may be larger
// than 1; the rescale is a shift with ties upwards.
func.func @layer(%x: tensor<1x2xf32>) -> tensor<2x1xf32> {
  %0 = fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 0.5:0>>
  %1 = fxp.dequantize %0 : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %2 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
  %3 = fxp.dequantize %2 : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>> -> tensor<2x2xf32>
  %4 = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
  %5 = nn.fully_connected %1, %3, %4 : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %6 = fxp.quantize %5 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 2.0:0>>
  %7 = nn.reshape %6 : tensor<1x2x!fxp.affine<i8, 2.0:0>> -> tensor<2x1x!fxp.affine<i8, 2.0:0>>
  %8 = fxp.dequantize %7 : tensor<2x1x!fxp.affine<i8, 2.0:0>> -> tensor<2x1xf32>
  func.return %8 : tensor<2x1xf32>
}
// CHECK-LABEL: @layer
// CHECK: fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!fxp.fixed<i8, 1>>
// CHECK: tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
// CHECK: nn.reshape %{{.*}} : tensor<1x2x!fxp.fixed<i8, -1>> -> tensor<2x1x!fxp.fixed<i8, -1>>

// SHIFTS-LABEL: @layer
// SHIFTS: fxp.requantize {{.*}}multiplier = array<i32: 1, 1>, shift = array<i32: 3, 4>{{.*}}rounding = "half_up"

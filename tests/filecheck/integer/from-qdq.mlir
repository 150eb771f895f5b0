// RUN: nnopt-opt %s -p fold-qdq,verify-quantized,lower-quantized,round-exactly,verify-integer | filecheck %s

// Two quantizers of one layer share its accumulator.
// CHECK-LABEL: @two_quantizers
// CHECK:       %[[ACC:.*]] = nn.fully_connected %x
// CHECK-NEXT:  fxp.requantize %[[ACC]] {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_even"
// CHECK-NEXT:  fxp.requantize %[[ACC]] {multiplier = array<i32: 1>, shift = array<i32: 2>, zero_point = -128 : i32
// CHECK-NEXT:  func.return
func.func @two_quantizers(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> (tensor<1x1x!fxp.affine<i8, 0.5:0>>, tensor<1x1x!fxp.affine<i8, 1.0:-128>>) {
  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %1 = nn.constant {value = dense<[[1, 2]]> : tensor<1x2xi8>} : tensor<1x2x!fxp.affine<i8, 0.5:0>>
  %2 = fxp.dequantize %1 : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %3 = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
  %4 = nn.fully_connected %0, %2, %3 : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %5 = fxp.quantize %4 : tensor<1x1xf32> -> tensor<1x1x!fxp.affine<i8, 0.5:0>>
  %6 = fxp.quantize %4 : tensor<1x1xf32> -> tensor<1x1x!fxp.affine<i8, 1.0:-128>>
  func.return %5, %6 : tensor<1x1x!fxp.affine<i8, 0.5:0>>, tensor<1x1x!fxp.affine<i8, 1.0:-128>>
}

// The largest of dequantized numbers is found among the integers.
// CHECK-LABEL: @reduce_max
// CHECK-NEXT:  %[[MAX:.*]] = nn.reduce %x {kind = "max", axes = array<i64: 1>} : tensor<1x4xi8> -> tensor<1x1xi8>
// CHECK-NEXT:  fxp.to_real %[[MAX]] {scale = 5.000000e-01 : f32, zero_point = 3 : i32}
func.func @reduce_max(%x: tensor<1x4x!fxp.affine<i8, 0.5:3>>) -> tensor<1x1xf32> {
  %0 = fxp.dequantize %x : tensor<1x4x!fxp.affine<i8, 0.5:3>> -> tensor<1x4xf32>
  %1 = nn.reduce %0 {kind = "max", axes = array<i64: 1>} : tensor<1x4xf32> -> tensor<1x1xf32>
  func.return %1 : tensor<1x1xf32>
}

// A mean is an exact sum; its rescale divides.
// CHECK-LABEL: @reduce_mean
// CHECK-NEXT:  %[[WIDE:.*]] = fxp.widen %x {zero_point = 3 : i32} : tensor<1x4xi8> -> tensor<1x4xi32>
// CHECK-NEXT:  %[[SUM:.*]] = nn.reduce %[[WIDE]] {kind = "sum", axes = array<i64: 1>} : tensor<1x4xi32> -> tensor<1x1xi32>
// CHECK-NEXT:  fxp.requantize %[[SUM]] {multiplier = array<i32: 1>, shift = array<i32: 2>, zero_point = 3 : i32, rounding = "half_even"
func.func @reduce_mean(%x: tensor<1x4x!fxp.affine<i8, 0.5:3>>) -> tensor<1x1x!fxp.affine<i8, 0.5:3>> {
  %0 = fxp.dequantize %x : tensor<1x4x!fxp.affine<i8, 0.5:3>> -> tensor<1x4xf32>
  %1 = nn.reduce %0 {kind = "mean", axes = array<i64: 1>} : tensor<1x4xf32> -> tensor<1x1xf32>
  %2 = fxp.quantize %1 : tensor<1x1xf32> -> tensor<1x1x!fxp.affine<i8, 0.5:3>>
  func.return %2 : tensor<1x1x!fxp.affine<i8, 0.5:3>>
}

// A real constant in a sum is exact to the sum's fine steps.
// CHECK-LABEL: @add_constant
// CHECK-NEXT:  fxp.widen %x {multiplier = 8388608 : i32}
// CHECK-NEXT:  nn.constant {value = dense<[1677722, 3355443]> : tensor<2xi32>}
func.func @add_constant(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:0>> {
  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %1 = nn.constant {value = dense<[0.1, 0.2]> : tensor<2xf32>} : tensor<2xf32>
  %2 = nn.add %0, %1 : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %3 = fxp.quantize %2 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 1.0:0>>
  func.return %3 : tensor<1x2x!fxp.affine<i8, 1.0:0>>
}

// RUN: nnopt-opt %s -p insert-quantizers | filecheck %s
// RUN: nnopt-opt %s -p 'insert-quantizers{scheme=q7}' | filecheck %s --check-prefix=Q7
// RUN: nnopt-opt %s -p 'insert-quantizers{scheme=q15 fraction-bits=9}' | filecheck %s --check-prefix=SHARED
// RUN: nnopt-opt %s -p 'insert-quantizers{scheme=int16 layers="{\"arg0\": \"float\"}"}' | filecheck %s --check-prefix=MIXED

// The example of the documentation.
func.func @main(%x: tensor<4xf32> {nn.range = array<f64: -1.0, 30.875>}) -> tensor<4xf32> {
  %y = nn.sigmoid %x {nn.range = array<f64: 0.25, 1.0>} : tensor<4xf32> -> tensor<4xf32>
  func.return %y : tensor<4xf32>
}
// CHECK-LABEL: func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:  %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.125:-120>>
// CHECK-NEXT:  %x_1 = fxp.dequantize %0 : tensor<4x!fxp.affine<i8, 0.125:-120>> -> tensor<4xf32>
// CHECK-NEXT:  %y = nn.sigmoid %x_1 {nn.by_table} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:  %1 = fxp.quantize %y : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.00390625:-128>>
// CHECK-NEXT:  %y_1 = fxp.dequantize %1 : tensor<4x!fxp.affine<i8, 0.00390625:-128>> -> tensor<4xf32>
// CHECK-NEXT:  func.return %y_1 : tensor<4xf32>
// CHECK-NEXT:  }

// Weights get a scale per output channel; what is only moved keeps its scale; what is clamped
// is not quantized before.
func.func @layer(%x: tensor<1x2xf32> {nn.range = array<f64: -1.0, 30.875>}) -> tensor<1x1x2xf32> {
  %0 = nn.constant {value = dense<[[127.0, 2.0], [3.0, 63.5]]> : tensor<2x2xf32>} : tensor<2x2xf32>
  %1 = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
  %2 = nn.fully_connected %x, %0, %1 {nn.range = array<f64: -9.0, 255.0>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %3 = nn.relu %2 {nn.range = array<f64: 0.0, 255.0>} : tensor<1x2xf32> -> tensor<1x2xf32>
  %4 = nn.reshape %3 {nn.range = array<f64: 0.0, 255.0>} : tensor<1x2xf32> -> tensor<1x1x2xf32>
  func.return %4 : tensor<1x1x2xf32>
}
// CHECK-LABEL: func.func @layer(%x: tensor<1x2xf32>) -> tensor<1x1x2xf32> {
// CHECK-NEXT:  %0 = fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 0.125:-120>>
// CHECK-NEXT:  %x_1 = fxp.dequantize %0 : tensor<1x2x!fxp.affine<i8, 0.125:-120>> -> tensor<1x2xf32>
// CHECK-NEXT:  %1 = nn.constant {value = dense<[[1.270000e+02, 2.000000e+00], [3.000000e+00, 6.350000e+01]]> : tensor<2x2xf32>} : tensor<2x2xf32>
// CHECK-NEXT:  %2 = nn.constant {value = dense<0.000000e+00> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:  %3 = nn.constant {value = dense<[[127, 2], [6, 127]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {1.0:0, 0.5:0}>>
// CHECK-NEXT:  %4 = fxp.dequantize %3 : tensor<2x2x!fxp.affine<i8:0, {1.0:0, 0.5:0}>> -> tensor<2x2xf32>
// CHECK-NEXT:  %5 = nn.fully_connected %x_1, %4, %2 : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
// CHECK-NEXT:  %6 = nn.relu %5 : tensor<1x2xf32> -> tensor<1x2xf32>
// CHECK-NEXT:  %7 = fxp.quantize %6 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  %8 = fxp.dequantize %7 : tensor<1x2x!fxp.affine<i8, 1.0:-128>> -> tensor<1x2xf32>
// CHECK-NEXT:  %9 = nn.reshape %8 : tensor<1x2xf32> -> tensor<1x1x2xf32>
// CHECK-NEXT:  %10 = fxp.quantize %9 : tensor<1x1x2xf32> -> tensor<1x1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  %11 = fxp.dequantize %10 : tensor<1x1x2x!fxp.affine<i8, 1.0:-128>> -> tensor<1x1x2xf32>
// CHECK-NEXT:  func.return %11 : tensor<1x1x2xf32>
// CHECK-NEXT:  }

// Qm.n: powers of two; the largest weight may be cut off by a step.
// Q7: fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.fixed<i8, 2>>
// Q7: fxp.quantize %y : tensor<4xf32> -> tensor<4x!fxp.fixed<i8, 7>>
// Q7-LABEL: @layer
// Q7: fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!fxp.fixed<i8, 2>>
// Q7: !fxp.affine<i8:0, {1.0:0, 0.5:0}>
// Q7: fxp.quantize %{{.*}} : tensor<1x2xf32> -> tensor<1x2x!fxp.fixed<i8, -1>>

// SHARED-LABEL: @layer
// SHARED: fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!fxp.fixed<i16, 9>>
// SHARED: !fxp.affine<i16:0, {0.001953125:0, 0.001953125:0}>
// SHARED: fxp.quantize %{{.*}} : tensor<1x2xf32> -> tensor<1x2x!fxp.fixed<i16, 9>>

// A layer that stays real, by its name: weights of a real input stay real, too.
// MIXED: func.func @main(%x: tensor<4xf32>)
// MIXED-NEXT: nn.sigmoid %x
// MIXED-LABEL: @layer
// MIXED-NOT: i16:0
// MIXED: fxp.quantize %{{.*}} : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i16, 0.009727775119245052:0>>

// RUN: nnopt-opt %s -p fold-constants | filecheck %s
// RUN: nnopt-opt %s -p fold-constants,fold-constants | filecheck %s

// The example of the documentation.
func.func @arithmetic(%x: tensor<2xf32>) -> tensor<2xf32> {
  %a = nn.constant {value = dense<[1.0, 4.0]> : tensor<2xf32>} : tensor<2xf32>
  %b = nn.constant {value = dense<2.0> : tensor<f32>} : tensor<f32>
  %c = nn.sqrt %a : tensor<2xf32> -> tensor<2xf32>
  %d = nn.mul %c, %b : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %y = nn.add %x, %d : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  func.return %y : tensor<2xf32>
}
// CHECK-LABEL: func.func @arithmetic(%x: tensor<2xf32>) -> tensor<2xf32> {
// CHECK-NEXT:    %d = nn.constant {value = dense<[2.000000e+00, 4.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %y = nn.add %x, %d : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT:    func.return %y : tensor<2xf32>
// CHECK-NEXT: }

// Weights stay integers; moving them is done on the integers.
func.func @weights() -> tensor<3x2xf32> {
  %q = nn.constant {value = dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>} : tensor<2x3x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
  %w = fxp.dequantize %q : tensor<2x3x!fxp.affine<i8:0, {0.5:0, 0.25:0}>> -> tensor<2x3xf32>
  %t = nn.transpose %w {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
  func.return %t : tensor<3x2xf32>
}
// CHECK-LABEL: func.func @weights() -> tensor<3x2xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<[[1, 4], [2, 5], [3, 6]]> : tensor<3x2xi8>} : tensor<3x2x!fxp.affine<i8:1, {0.5:0, 0.25:0}>>
// CHECK-NEXT:    %w_1 = fxp.dequantize %w : tensor<3x2x!fxp.affine<i8:1, {0.5:0, 0.25:0}>> -> tensor<3x2xf32>
// CHECK-NEXT:    func.return %w_1 : tensor<3x2xf32>
// CHECK-NEXT: }

func.func @quantize() -> tensor<2x!fxp.affine<i8, 0.5:-1>> {
  %w = nn.constant {value = dense<[1.0, -3.0]> : tensor<2xf32>} : tensor<2xf32>
  %q = fxp.quantize %w : tensor<2xf32> -> tensor<2x!fxp.affine<i8, 0.5:-1>>
  func.return %q : tensor<2x!fxp.affine<i8, 0.5:-1>>
}
// CHECK-LABEL: func.func @quantize() -> tensor<2x!fxp.affine<i8, 0.5:-1>> {
// CHECK-NEXT:    %q = nn.constant {value = dense<[1, -7]> : tensor<2xi8>} : tensor<2x!fxp.affine<i8, 0.5:-1>>
// CHECK-NEXT:    func.return %q : tensor<2x!fxp.affine<i8, 0.5:-1>>
// CHECK-NEXT: }

func.func @too_large() -> tensor<64x64x64xf32> {
  %c = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
  %b = nn.broadcast %c : tensor<1xf32> -> tensor<64x64x64xf32>
  func.return %b : tensor<64x64x64xf32>
}
// CHECK-LABEL: func.func @too_large() -> tensor<64x64x64xf32> {
// CHECK-NEXT:    %c = nn.constant {value = dense<1.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %b = nn.broadcast %c : tensor<1xf32> -> tensor<64x64x64xf32>
// CHECK-NEXT:    func.return %b : tensor<64x64x64xf32>
// CHECK-NEXT: }

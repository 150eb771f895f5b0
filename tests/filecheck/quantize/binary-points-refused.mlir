// RUN: nnopt-opt %s -p binary-points --split-input-file --verify-diagnostics | filecheck %s

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  func.return %x : tensor<4xf32>
}
// CHECK: the network has no quantizers: fixed point needs --calibrate data.npz

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.3:0>> loc("first")
  %1 = fxp.dequantize %0 : tensor<4x!fxp.affine<i8, 0.3:0>> -> tensor<4xf32>
  func.return %1 : tensor<4xf32>
}
// CHECK: first is no quantizer of fixed point: its scale 0.3 is no power of two

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.5:3>> loc("second")
  %1 = fxp.dequantize %0 : tensor<4x!fxp.affine<i8, 0.5:3>> -> tensor<4xf32>
  func.return %1 : tensor<4xf32>
}
// CHECK: second is no quantizer of fixed point: its integers are i8 with zero point 3

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<ui8, 0.5:0>>
  %1 = fxp.dequantize %0 : tensor<4x!fxp.affine<ui8, 0.5:0>> -> tensor<4xf32>
  func.return %1 : tensor<4xf32>
}
// CHECK: its integers are ui8 with zero point 0, not signed ones of 8 or 16 bits

// -----

func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 0.5:0>>
  %1 = fxp.dequantize %0 : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %2 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.75:0}>>
  %3 = fxp.dequantize %2 : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.75:0}>> -> tensor<2x2xf32> loc("weights")
  %4 = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
  %5 = nn.fully_connected %1, %3, %4 : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  func.return %5 : tensor<1x2xf32>
}
// CHECK: weights is no quantizer of fixed point: its scale 0.75 is no power of two

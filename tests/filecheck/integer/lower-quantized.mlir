// RUN: nnopt-opt %s -p lower-quantized | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>, %y: tensor<4x!fxp.affine<i8, 0.25:1>>) -> tensor<4x!fxp.affine<i8, 1.0:0>> {
  %d = nn.add %x, %y
      : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:1>>) -> tensor<4x!fxp.affine<i8, 1.0:0>>
  func.return %d : tensor<4x!fxp.affine<i8, 1.0:0>>
}
// CHECK-LABEL: func.func @main(%x: tensor<4xi8> {nn.encoding = !fxp.affine<i8, 0.5:0>}, %y: tensor<4xi8> {nn.encoding = !fxp.affine<i8, 0.25:1>}) -> (tensor<4xi8> {nn.encoding = !fxp.affine<i8, 1.0:0>}) {
// CHECK-NEXT:  %d = fxp.widen %x {multiplier = 2 : i32} : tensor<4xi8> -> tensor<4xi32>
// CHECK-NEXT:  %d_1 = fxp.widen %y {zero_point = 1 : i32} : tensor<4xi8> -> tensor<4xi32>
// CHECK-NEXT:  %d_2 = nn.add %d, %d_1 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
// CHECK-NEXT:  %d_3 = fxp.requantize %d_2 {multiplier = array<i32: 1>, shift = array<i32: 2>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<4xi32> -> tensor<4xi8>
// CHECK-NEXT:  func.return %d_3 : tensor<4xi8>
// CHECK-NEXT:  }

// A rescale per output channel; the clamp of the layer becomes the ends.
func.func @linear(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %1 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
  %3 = nn.constant {value = dense<[5, 6]> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>
  %4 = nn.fully_connected %x, %1, %3 {act_min = 0.0 : f32, act_max = 6.0 : f32} : (tensor<1x2x!fxp.affine<i8, 0.5:0>>, tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
  func.return %4 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK-LABEL: func.func @linear(%x: tensor<1x2xi8> {nn.encoding = !fxp.affine<i8, 0.5:0>}) -> (tensor<1x2xi8> {nn.encoding = !fxp.affine<i8, 1.0:-128>}) {
// CHECK-NEXT:  %0 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2xi8>
// CHECK-NEXT:  %1 = nn.constant {value = dense<[5, 6]> : tensor<2xi32>} : tensor<2xi32>
// CHECK-NEXT:  %2 = nn.fully_connected %x, %0, %1 : (tensor<1x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<1x2xi32>
// CHECK-NEXT:  %3 = fxp.requantize %2 {multiplier = array<i32: 1, 1>, shift = array<i32: 2, 3>, zero_point = -128 : i32, rounding = "half_even", min = -128 : i32, max = -122 : i32} : tensor<1x2xi32> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %3 : tensor<1x2xi8>
// CHECK-NEXT:  }

// uint8 weights with a zero point become signed ones without, where they fit.
func.func @unsigned(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %1 = nn.constant {value = dense<[[1, 200], [128, 4]]> : tensor<2x2xui8>} : tensor<2x2x!fxp.affine<ui8, 0.5:128>>
  %3 = nn.constant {value = dense<[5, 6]> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.25:0}>>
  %4 = nn.fully_connected %x, %1, %3 : (tensor<1x2x!fxp.affine<i8, 0.5:0>>, tensor<2x2x!fxp.affine<ui8, 0.5:128>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.25:0}>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
  func.return %4 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK-LABEL: func.func @unsigned(%x: tensor<1x2xi8> {nn.encoding = !fxp.affine<i8, 0.5:0>}) -> (tensor<1x2xi8> {nn.encoding = !fxp.affine<i8, 1.0:-128>}) {
// CHECK-NEXT:  %0 = nn.constant {value = dense<[[-127, 72], [0, -124]]> : tensor<2x2xi8>} : tensor<2x2xi8>
// CHECK-NEXT:  %1 = nn.constant {value = dense<[5, 6]> : tensor<2xi32>} : tensor<2xi32>
// CHECK-NEXT:  %2 = nn.fully_connected %x, %0, %1 : (tensor<1x2xi8>, tensor<2x2xi8>, tensor<2xi32>) -> tensor<1x2xi32>
// CHECK-NEXT:  %3 = fxp.requantize %2 {multiplier = array<i32: 1>, shift = array<i32: 2>, zero_point = -128 : i32, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x2xi32> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %3 : tensor<1x2xi8>
// CHECK-NEXT:  }

// 16-bit inputs whose sums can exceed 32 bits get an accumulator of 64.
func.func @wide(%x: tensor<1x4x!fxp.affine<i16, 0.5:0>>) -> tensor<1x1x!fxp.affine<i16, 0.5:0>> {
  %1 = nn.constant {value = dense<32767> : tensor<1x4xi16>} : tensor<1x4x!fxp.affine<i16, 0.5:0>>
  %3 = nn.constant {value = dense<0> : tensor<1xi32>} : tensor<1x!fxp.affine<i32:0, {0.25:0}>>
  %4 = nn.fully_connected %x, %1, %3 : (tensor<1x4x!fxp.affine<i16, 0.5:0>>, tensor<1x4x!fxp.affine<i16, 0.5:0>>, tensor<1x!fxp.affine<i32:0, {0.25:0}>>) -> tensor<1x1x!fxp.affine<i16, 0.5:0>>
  func.return %4 : tensor<1x1x!fxp.affine<i16, 0.5:0>>
}
// CHECK-LABEL: func.func @wide(%x: tensor<1x4xi16> {nn.encoding = !fxp.affine<i16, 0.5:0>}) -> (tensor<1x1xi16> {nn.encoding = !fxp.affine<i16, 0.5:0>}) {
// CHECK-NEXT:  %0 = nn.constant {value = dense<32767> : tensor<1x4xi16>} : tensor<1x4xi16>
// CHECK-NEXT:  %1 = nn.constant {value = dense<0> : tensor<1xi64>} : tensor<1xi64>
// CHECK-NEXT:  %2 = nn.fully_connected %x, %0, %1 : (tensor<1x4xi16>, tensor<1x4xi16>, tensor<1xi64>) -> tensor<1x1xi64>
// CHECK-NEXT:  %3 = fxp.requantize %2 {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_even", min = -32768 : i32, max = 32767 : i32} : tensor<1x1xi64> -> tensor<1x1xi16>
// CHECK-NEXT:  func.return %3 : tensor<1x1xi16>
// CHECK-NEXT:  }

// Windows at the border hold 1 or 2 taps: sums of 1 count twice, all are halved.
func.func @average(%x: tensor<1x1x3x1x!fxp.affine<i8, 0.5:0>>) -> tensor<1x1x2x1x!fxp.affine<i8, 0.5:0>> {
  %0 = nn.avg_pool2d %x {kernel = array<i64: 1, 2>, strides = array<i64: 1, 2>, pads = array<i64: 0, 1, 0, 0>} : tensor<1x1x3x1x!fxp.affine<i8, 0.5:0>> -> tensor<1x1x2x1x!fxp.affine<i8, 0.5:0>>
  func.return %0 : tensor<1x1x2x1x!fxp.affine<i8, 0.5:0>>
}
// CHECK-LABEL: func.func @average(%x: tensor<1x1x3x1xi8> {nn.encoding = !fxp.affine<i8, 0.5:0>}) -> (tensor<1x1x2x1xi8> {nn.encoding = !fxp.affine<i8, 0.5:0>}) {
// CHECK-NEXT:  %0 = nn.avg_pool2d %x {kernel = array<i64: 1, 2>, strides = array<i64: 1, 2>, pads = array<i64: 0, 1, 0, 0>} : tensor<1x1x3x1xi8> -> tensor<1x1x2x1xi32>
// CHECK-NEXT:  %1 = nn.constant {value = dense<[[[[2], [1]]]]> : tensor<1x1x2x1xi32>} : tensor<1x1x2x1xi32>
// CHECK-NEXT:  %2 = nn.mul %0, %1 : (tensor<1x1x2x1xi32>, tensor<1x1x2x1xi32>) -> tensor<1x1x2x1xi32>
// CHECK-NEXT:  %3 = fxp.requantize %2 {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x1x2x1xi32> -> tensor<1x1x2x1xi8>
// CHECK-NEXT:  func.return %3 : tensor<1x1x2x1xi8>
// CHECK-NEXT:  }

// Both zero points of a product of activations are the operation's.
func.func @matmul(%x: tensor<2x3x!fxp.affine<i8, 0.5:1>>, %y: tensor<3x2x!fxp.affine<i8, 0.25:2>>) -> tensor<2x2x!fxp.affine<i8, 1.0:3>> {
  %0 = nn.matmul %x, %y : (tensor<2x3x!fxp.affine<i8, 0.5:1>>, tensor<3x2x!fxp.affine<i8, 0.25:2>>) -> tensor<2x2x!fxp.affine<i8, 1.0:3>>
  func.return %0 : tensor<2x2x!fxp.affine<i8, 1.0:3>>
}
// CHECK-LABEL: func.func @matmul(%x: tensor<2x3xi8> {nn.encoding = !fxp.affine<i8, 0.5:1>}, %y: tensor<3x2xi8> {nn.encoding = !fxp.affine<i8, 0.25:2>}) -> (tensor<2x2xi8> {nn.encoding = !fxp.affine<i8, 1.0:3>}) {
// CHECK-NEXT:  %0 = nn.matmul %x, %y {lhs_zero_point = 1 : i32, rhs_zero_point = 2 : i32} : (tensor<2x3xi8>, tensor<3x2xi8>) -> tensor<2x2xi32>
// CHECK-NEXT:  %1 = fxp.requantize %0 {multiplier = array<i32: 1>, shift = array<i32: 3>, zero_point = 3 : i32, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<2x2xi32> -> tensor<2x2xi8>
// CHECK-NEXT:  func.return %1 : tensor<2x2xi8>
// CHECK-NEXT:  }

// A clamp joins the rescale before; the pad is with the integer of zero.
func.func @clamp(%x: tensor<2x!fxp.affine<i8, 0.5:1>>, %y: tensor<2x!fxp.affine<i8, 0.25:2>>) -> tensor<4x!fxp.affine<i8, 1.0:3>> {
  %0 = nn.mul %x, %y : (tensor<2x!fxp.affine<i8, 0.5:1>>, tensor<2x!fxp.affine<i8, 0.25:2>>) -> tensor<2x!fxp.affine<i8, 1.0:3>>
  %1 = nn.relu %0 : tensor<2x!fxp.affine<i8, 1.0:3>> -> tensor<2x!fxp.affine<i8, 1.0:3>>
  %2 = nn.pad %1 {pads = array<i64: 1, 1>} : tensor<2x!fxp.affine<i8, 1.0:3>> -> tensor<4x!fxp.affine<i8, 1.0:3>>
  func.return %2 : tensor<4x!fxp.affine<i8, 1.0:3>>
}
// CHECK-LABEL: func.func @clamp(%x: tensor<2xi8> {nn.encoding = !fxp.affine<i8, 0.5:1>}, %y: tensor<2xi8> {nn.encoding = !fxp.affine<i8, 0.25:2>}) -> (tensor<4xi8> {nn.encoding = !fxp.affine<i8, 1.0:3>}) {
// CHECK-NEXT:  %0 = fxp.widen %x {zero_point = 1 : i32} : tensor<2xi8> -> tensor<2xi32>
// CHECK-NEXT:  %1 = fxp.widen %y {zero_point = 2 : i32} : tensor<2xi8> -> tensor<2xi32>
// CHECK-NEXT:  %2 = nn.mul %0, %1 : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
// CHECK-NEXT:  %3 = fxp.requantize %2 {multiplier = array<i32: 1>, shift = array<i32: 3>, zero_point = 3 : i32, rounding = "half_even", min = 3 : i32, max = 127 : i32} : tensor<2xi32> -> tensor<2xi8>
// CHECK-NEXT:  %4 = nn.pad %3 {pads = array<i64: 1, 1>, value = 3.000000e+00 : f32} : tensor<2xi8> -> tensor<4xi8>
// CHECK-NEXT:  func.return %4 : tensor<4xi8>
// CHECK-NEXT:  }

// Real operations stand between to_real and from_real.
func.func @softmax(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<1x2xf32> -> tensor<1x2xf32>
  %2 = fxp.quantize %1 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
  func.return %2 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK-LABEL: func.func @softmax(%x: tensor<1x2xi8> {nn.encoding = !fxp.affine<i8, 0.5:0>}) -> (tensor<1x2xi8> {nn.encoding = !fxp.affine<i8, 1.0:-128>}) {
// CHECK-NEXT:  %0 = fxp.to_real %x {scale = 5.000000e-01 : f32} : tensor<1x2xi8> -> tensor<1x2xf32>
// CHECK-NEXT:  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<1x2xf32> -> tensor<1x2xf32>
// CHECK-NEXT:  %2 = fxp.from_real %1 {scale = 1.000000e+00 : f32, zero_point = -128 : i32} : tensor<1x2xf32> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %2 : tensor<1x2xi8>
// CHECK-NEXT:  }

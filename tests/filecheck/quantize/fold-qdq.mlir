// RUN: nnopt-opt %s -p fold-qdq | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>, %y: tensor<4x!fxp.affine<i8, 0.25:1>>) -> tensor<4x!fxp.affine<i8, 1.0:0>> {
  %a = fxp.dequantize %x : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<4xf32>
  %b = fxp.dequantize %y : tensor<4x!fxp.affine<i8, 0.25:1>> -> tensor<4xf32>
  %c = nn.add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %d = fxp.quantize %c : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 1.0:0>>
  func.return %d : tensor<4x!fxp.affine<i8, 1.0:0>>
}
// CHECK-LABEL: func.func @main(%x: tensor<4x!fxp.affine<i8, 0.5:0>>, %y: tensor<4x!fxp.affine<i8, 0.25:1>>) -> tensor<4x!fxp.affine<i8, 1.0:0>> {
// CHECK-NEXT:  %c = nn.add %x, %y : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:1>>) -> tensor<4x!fxp.affine<i8, 1.0:0>>
// CHECK-NEXT:  func.return %c : tensor<4x!fxp.affine<i8, 1.0:0>>
// CHECK-NEXT:  }

// A layer with a relu before the quantizer; weights and bias are stored as integers.
func.func @linear(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %1 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
  %2 = fxp.dequantize %1 : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>> -> tensor<2x2xf32>
  %3 = nn.constant {value = dense<[5, 6]> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>
  %4 = fxp.dequantize %3 : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>> -> tensor<2xf32>
  %5 = nn.fully_connected %0, %2, %4 : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %6 = nn.relu %5 : tensor<1x2xf32> -> tensor<1x2xf32>
  %7 = fxp.quantize %6 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
  func.return %7 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK-LABEL: func.func @linear(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
// CHECK-NEXT:  %0 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
// CHECK-NEXT:  %1 = nn.constant {value = dense<[5, 6]> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>
// CHECK-NEXT:  %2 = nn.fully_connected %x, %0, %1 : (tensor<1x2x!fxp.affine<i8, 0.5:0>>, tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  %3 = nn.relu %2 : tensor<1x2x!fxp.affine<i8, 1.0:-128>> -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  func.return %3 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  }

// A real bias moves to steps of input scale * weight scale; a matmul becomes a layer.
func.func @matmul(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %1 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8, 0.5:1>>
  %2 = fxp.dequantize %1 : tensor<2x2x!fxp.affine<i8, 0.5:1>> -> tensor<2x2xf32>
  %3 = nn.matmul %0, %2 : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %4 = nn.constant {value = dense<[1.0, -2.0]> : tensor<2xf32>} : tensor<2xf32>
  %5 = nn.add %3, %4 {act_min = 0.0 : f32} : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %6 = fxp.quantize %5 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
  func.return %6 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK-LABEL: func.func @matmul(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
// CHECK-NEXT:  %0 = nn.constant {value = dense<[[1, 3], [2, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8, 0.5:1>>
// CHECK-NEXT:  %1 = nn.constant {value = dense<[4, -8]> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.25:0}>>
// CHECK-NEXT:  %2 = nn.fully_connected %x, %0, %1 {act_min = 0.000000e+00 : f32} : (tensor<1x2x!fxp.affine<i8, 0.5:0>>, tensor<2x2x!fxp.affine<i8, 0.5:1>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.25:0}>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  func.return %2 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  }

// Movement and maxima happen on the integers; equal quantizers vanish.
func.func @movement(%x: tensor<1x2x2x3x!fxp.affine<i8, 0.5:0>>) -> tensor<3x1x!fxp.affine<i8, 0.5:0>> {
  %0 = fxp.dequantize %x : tensor<1x2x2x3x!fxp.affine<i8, 0.5:0>> -> tensor<1x2x2x3xf32>
  %1 = nn.max_pool2d %0 {kernel = array<i64: 2, 2>} : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %2 = nn.reshape %1 : tensor<1x1x1x3xf32> -> tensor<1x3xf32>
  %3 = nn.transpose %2 {permutation = array<i64: 1, 0>} : tensor<1x3xf32> -> tensor<3x1xf32>
  %4 = fxp.quantize %3 : tensor<3x1xf32> -> tensor<3x1x!fxp.affine<i8, 0.5:0>>
  func.return %4 : tensor<3x1x!fxp.affine<i8, 0.5:0>>
}
// CHECK-LABEL: func.func @movement(%x: tensor<1x2x2x3x!fxp.affine<i8, 0.5:0>>) -> tensor<3x1x!fxp.affine<i8, 0.5:0>> {
// CHECK-NEXT:  %0 = nn.max_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x2x2x3x!fxp.affine<i8, 0.5:0>> -> tensor<1x1x1x3x!fxp.affine<i8, 0.5:0>>
// CHECK-NEXT:  %1 = nn.reshape %0 : tensor<1x1x1x3x!fxp.affine<i8, 0.5:0>> -> tensor<1x3x!fxp.affine<i8, 0.5:0>>
// CHECK-NEXT:  %2 = nn.transpose %1 {permutation = array<i64: 1, 0>} : tensor<1x3x!fxp.affine<i8, 0.5:0>> -> tensor<3x1x!fxp.affine<i8, 0.5:0>>
// CHECK-NEXT:  func.return %2 : tensor<3x1x!fxp.affine<i8, 0.5:0>>
// CHECK-NEXT:  }

// Operands in other steps than the result are requantized before they are joined.
func.func @concat(%x: tensor<2x!fxp.affine<i8, 0.5:0>>, %y: tensor<2x!fxp.affine<i8, 1.0:0>>) -> tensor<4x!fxp.affine<i8, 1.0:0>> {
  %0 = fxp.dequantize %x : tensor<2x!fxp.affine<i8, 0.5:0>> -> tensor<2xf32>
  %1 = fxp.dequantize %y : tensor<2x!fxp.affine<i8, 1.0:0>> -> tensor<2xf32>
  %2 = nn.concat %0, %1 {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %3 = fxp.quantize %2 : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 1.0:0>>
  func.return %3 : tensor<4x!fxp.affine<i8, 1.0:0>>
}
// CHECK-LABEL: func.func @concat(%x: tensor<2x!fxp.affine<i8, 0.5:0>>, %y: tensor<2x!fxp.affine<i8, 1.0:0>>) -> tensor<4x!fxp.affine<i8, 1.0:0>> {
// CHECK-NEXT:  %0 = fxp.dequantize %x : tensor<2x!fxp.affine<i8, 0.5:0>> -> tensor<2xf32>
// CHECK-NEXT:  %1 = fxp.quantize %0 : tensor<2xf32> -> tensor<2x!fxp.affine<i8, 1.0:0>>
// CHECK-NEXT:  %2 = nn.concat %1, %y {axis = 0 : i64} : (tensor<2x!fxp.affine<i8, 1.0:0>>, tensor<2x!fxp.affine<i8, 1.0:0>>) -> tensor<4x!fxp.affine<i8, 1.0:0>>
// CHECK-NEXT:  func.return %2 : tensor<4x!fxp.affine<i8, 1.0:0>>
// CHECK-NEXT:  }

// The real result of a layer is its accumulator in fine steps, dequantized.
func.func @accumulator(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2xf32> {
  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %1 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
  %2 = fxp.dequantize %1 : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>> -> tensor<2x2xf32>
  %3 = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
  %4 = nn.fully_connected %0, %2, %3 : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  func.return %4 : tensor<1x2xf32>
}
// CHECK-LABEL: func.func @accumulator(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2xf32> {
// CHECK-NEXT:  %0 = nn.constant {value = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>} : tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>
// CHECK-NEXT:  %1 = nn.constant {value = dense<0> : tensor<2xi32>} : tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>
// CHECK-NEXT:  %2 = nn.fully_connected %x, %0, %1 : (tensor<1x2x!fxp.affine<i8, 0.5:0>>, tensor<2x2x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) -> tensor<1x2x!fxp.affine<i32, 1.1920928955078125e-07:0>>
// CHECK-NEXT:  %3 = fxp.dequantize %2 : tensor<1x2x!fxp.affine<i32, 1.1920928955078125e-07:0>> -> tensor<1x2xf32>
// CHECK-NEXT:  func.return %3 : tensor<1x2xf32>
// CHECK-NEXT:  }

// What has no integer form stays between its quantizers.
func.func @softmax(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<1x2xf32> -> tensor<1x2xf32>
  %2 = fxp.quantize %1 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
  func.return %2 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
}
// CHECK-LABEL: func.func @softmax(%x: tensor<1x2x!fxp.affine<i8, 0.5:0>>) -> tensor<1x2x!fxp.affine<i8, 1.0:-128>> {
// CHECK-NEXT:  %0 = fxp.dequantize %x : tensor<1x2x!fxp.affine<i8, 0.5:0>> -> tensor<1x2xf32>
// CHECK-NEXT:  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<1x2xf32> -> tensor<1x2xf32>
// CHECK-NEXT:  %2 = fxp.quantize %1 : tensor<1x2xf32> -> tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  func.return %2 : tensor<1x2x!fxp.affine<i8, 1.0:-128>>
// CHECK-NEXT:  }

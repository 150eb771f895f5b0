// RUN: nnopt-opt %s -p fold-pad | filecheck %s
// RUN: nnopt-opt %s -p fold-pad,fold-pad | filecheck %s

// The example of the documentation.
func.func @conv(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x3x1xf32> {
  %w = nn.constant {value = dense<1.0> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
  %b = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
  %p = nn.pad %x {pads = array<i64: 0, 1, 0, 0, 0, 1, 1, 0>}
      : tensor<1x2x2x1xf32> -> tensor<1x4x3x1xf32>
  %y = nn.conv2d %p, %w, %b
      : (tensor<1x4x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x3x1xf32>
  func.return %y : tensor<1x4x3x1xf32>
}
// CHECK-LABEL: func.func @conv(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x3x1xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<0.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 0, 1, 1>} : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x3x1xf32>
// CHECK-NEXT:    func.return %y : tensor<1x4x3x1xf32>
// CHECK-NEXT: }

// On plain integers a convolution pads with the zero point.
func.func @integers(%x: tensor<1x2x2x1xi8>) -> (tensor<1x3x3x1xi32>, tensor<1x3x3x1xi32>) {
  %w = nn.constant {value = dense<1> : tensor<1x1x1x1xi8>} : tensor<1x1x1x1xi8>
  %b = nn.constant {value = dense<0> : tensor<1xi32>} : tensor<1xi32>
  %p = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 0, 0, 0>, value = -3.0 : f32} : tensor<1x2x2x1xi8> -> tensor<1x3x3x1xi8>
  %y = nn.conv2d %p, %w, %b {input_zero_point = -3 : i32} : (tensor<1x3x3x1xi8>, tensor<1x1x1x1xi8>, tensor<1xi32>) -> tensor<1x3x3x1xi32>
  %z = nn.conv2d %p, %w, %b {input_zero_point = 0 : i32} : (tensor<1x3x3x1xi8>, tensor<1x1x1x1xi8>, tensor<1xi32>) -> tensor<1x3x3x1xi32>
  func.return %y, %z : tensor<1x3x3x1xi32>, tensor<1x3x3x1xi32>
}
// CHECK-LABEL: func.func @integers(%x: tensor<1x2x2x1xi8>) -> (tensor<1x3x3x1xi32>, tensor<1x3x3x1xi32>) {
// CHECK-NEXT:    %w = nn.constant {value = dense<1> : tensor<1x1x1x1xi8>} : tensor<1x1x1x1xi8>
// CHECK-NEXT:    %b = nn.constant {value = dense<0> : tensor<1xi32>} : tensor<1xi32>
// CHECK-NEXT:    %p = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 0, 0, 0>, value = -3.000000e+00 : f32} : tensor<1x2x2x1xi8> -> tensor<1x3x3x1xi8>
// CHECK-NEXT:    %y = nn.conv2d %x, %w, %b {input_zero_point = -3 : i32, pads = array<i64: 1, 1, 0, 0>} : (tensor<1x2x2x1xi8>, tensor<1x1x1x1xi8>, tensor<1xi32>) -> tensor<1x3x3x1xi32>
// CHECK-NEXT:    %z = nn.conv2d %p, %w, %b : (tensor<1x3x3x1xi8>, tensor<1x1x1x1xi8>, tensor<1xi32>) -> tensor<1x3x3x1xi32>
// CHECK-NEXT:    func.return %y, %z : tensor<1x3x3x1xi32>, tensor<1x3x3x1xi32>
// CHECK-NEXT: }

// Padding written down counts as elements of an average.
func.func @average(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %p = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 1, 1, 0>} : tensor<1x2x2x1xf32> -> tensor<1x4x4x1xf32>
  %y = nn.avg_pool2d %p {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x1xf32> -> tensor<1x2x2x1xf32>
  func.return %y : tensor<1x2x2x1xf32>
}
// CHECK-LABEL: func.func @average(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
// CHECK-NEXT:    %y = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, count_include_pad = true, pads = array<i64: 1, 1, 1, 1>} : tensor<1x2x2x1xf32> -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    func.return %y : tensor<1x2x2x1xf32>
// CHECK-NEXT: }

// Padding of the pool's own that does not count stays apart from padding that does.
func.func @both(%x: tensor<1x2x2x1xf32>) -> tensor<1x3x3x1xf32> {
  %p = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 1, 1, 0>} : tensor<1x2x2x1xf32> -> tensor<1x4x4x1xf32>
  %y = nn.avg_pool2d %p {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x4x4x1xf32> -> tensor<1x3x3x1xf32>
  func.return %y : tensor<1x3x3x1xf32>
}
// CHECK-LABEL: func.func @both(
// CHECK-NEXT:    %p = nn.pad %x
// CHECK-NEXT:    %y = nn.avg_pool2d %p

// Zeros never are the maximum where no element is negative, but may be elsewhere.
func.func @maximum(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) {
  %r = nn.relu %x : tensor<1x2x2x1xf32> -> tensor<1x2x2x1xf32>
  %p = nn.pad %r {pads = array<i64: 0, 1, 1, 0, 0, 1, 1, 0>} : tensor<1x2x2x1xf32> -> tensor<1x4x4x1xf32>
  %y = nn.max_pool2d %p {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x1xf32> -> tensor<1x2x2x1xf32>
  %q = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 1, 1, 0>} : tensor<1x2x2x1xf32> -> tensor<1x4x4x1xf32>
  %z = nn.max_pool2d %q {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x1xf32> -> tensor<1x2x2x1xf32>
  func.return %y, %z : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
}
// CHECK-LABEL: func.func @maximum(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) {
// CHECK-NEXT:    %r = nn.relu %x : tensor<1x2x2x1xf32> -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    %y = nn.max_pool2d %r {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : tensor<1x2x2x1xf32> -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    %q = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 1, 1, 0>} : tensor<1x2x2x1xf32> -> tensor<1x4x4x1xf32>
// CHECK-NEXT:    %z = nn.max_pool2d %q {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x1xf32> -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    func.return %y, %z : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
// CHECK-NEXT: }

// Not on height and width, or not zeros.
func.func @kept(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x3x2x1xf32>) {
  %w2 = nn.constant {value = dense<1.0> : tensor<1x1x1x2xf32>} : tensor<1x1x1x2xf32>
  %w1 = nn.constant {value = dense<1.0> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
  %b = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
  %p = nn.pad %x {pads = array<i64: 0, 0, 0, 1, 0, 0, 0, 0>} : tensor<1x2x2x1xf32> -> tensor<1x2x2x2xf32>
  %y = nn.conv2d %p, %w2, %b : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
  %q = nn.pad %x {pads = array<i64: 0, 1, 0, 0, 0, 0, 0, 0>, value = 1.0 : f32} : tensor<1x2x2x1xf32> -> tensor<1x3x2x1xf32>
  %z = nn.conv2d %q, %w1, %b : (tensor<1x3x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x3x2x1xf32>
  func.return %y, %z : tensor<1x2x2x1xf32>, tensor<1x3x2x1xf32>
}
// CHECK-LABEL: func.func @kept(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x3x2x1xf32>) {
// CHECK-NEXT:    %w2 = nn.constant {value = dense<1.000000e+00> : tensor<1x1x1x2xf32>} : tensor<1x1x1x2xf32>
// CHECK-NEXT:    %w1 = nn.constant {value = dense<1.000000e+00> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<0.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %p = nn.pad %x {pads = array<i64: 0, 0, 0, 1, 0, 0, 0, 0>} : tensor<1x2x2x1xf32> -> tensor<1x2x2x2xf32>
// CHECK-NEXT:    %y = nn.conv2d %p, %w2, %b : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    %q = nn.pad %x {pads = array<i64: 0, 1, 0, 0, 0, 0, 0, 0>, value = 1.000000e+00 : f32} : tensor<1x2x2x1xf32> -> tensor<1x3x2x1xf32>
// CHECK-NEXT:    %z = nn.conv2d %q, %w1, %b : (tensor<1x3x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x3x2x1xf32>
// CHECK-NEXT:    func.return %y, %z : tensor<1x2x2x1xf32>, tensor<1x3x2x1xf32>
// CHECK-NEXT: }

// The padding of a quantized model stands between casts of its own.
func.func @quantized(%q: tensor<1x2x2x1x!fxp.affine<i8, 0.5:3>>) -> tensor<1x3x3x1xf32> {
  %w = nn.constant {value = dense<1.0> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
  %b = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
  %x = fxp.dequantize %q : tensor<1x2x2x1x!fxp.affine<i8, 0.5:3>> -> tensor<1x2x2x1xf32>
  %p = nn.pad %x {pads = array<i64: 0, 1, 1, 0, 0, 0, 0, 0>} : tensor<1x2x2x1xf32> -> tensor<1x3x3x1xf32>
  %r = fxp.quantize %p : tensor<1x3x3x1xf32> -> tensor<1x3x3x1x!fxp.affine<i8, 0.5:3>>
  %s = fxp.dequantize %r : tensor<1x3x3x1x!fxp.affine<i8, 0.5:3>> -> tensor<1x3x3x1xf32>
  %y = nn.conv2d %s, %w, %b : (tensor<1x3x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x3x3x1xf32>
  func.return %y : tensor<1x3x3x1xf32>
}
// CHECK-LABEL: func.func @quantized(%q: tensor<1x2x2x1x!fxp.affine<i8, 0.5:3>>) -> tensor<1x3x3x1xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<0.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %x = fxp.dequantize %q : tensor<1x2x2x1x!fxp.affine<i8, 0.5:3>> -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 0, 0>} : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x3x3x1xf32>
// CHECK-NEXT:    func.return %y : tensor<1x3x3x1xf32>
// CHECK-NEXT: }

// RUN: nnopt-opt %s -p canonicalize-graph | filecheck %s
// RUN: nnopt-opt %s -p canonicalize-graph,canonicalize-graph | filecheck %s

// The example of the documentation.
func.func @pools(%x: tensor<1x4x5x3xf32>) -> tensor<1x1x1x3xf32> {
  %zero = nn.constant {value = dense<0.0> : tensor<f32>} : tensor<f32>
  %0 = nn.maximum %x, %zero : (tensor<1x4x5x3xf32>, tensor<f32>) -> tensor<1x4x5x3xf32>
  %1 = nn.max_pool2d %0 {kernel = array<i64: 1, 1>}
      : tensor<1x4x5x3xf32> -> tensor<1x4x5x3xf32>
  %2 = nn.reduce %1 {kind = "mean", axes = array<i64: 1, 2>, keepdims = true}
      : tensor<1x4x5x3xf32> -> tensor<1x1x1x3xf32>
  func.return %2 : tensor<1x1x1x3xf32>
}
// CHECK-LABEL: func.func @pools(%x: tensor<1x4x5x3xf32>) -> tensor<1x1x1x3xf32> {
// CHECK-NEXT:    %0 = nn.relu %x : tensor<1x4x5x3xf32> -> tensor<1x4x5x3xf32>
// CHECK-NEXT:    %1 = nn.avg_pool2d %0 {kernel = array<i64: 4, 5>} : tensor<1x4x5x3xf32> -> tensor<1x1x1x3xf32>
// CHECK-NEXT:    func.return %1 : tensor<1x1x1x3xf32>
// CHECK-NEXT: }

func.func @nothing(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %one = nn.constant {value = dense<1.0> : tensor<3xf32>} : tensor<3xf32>
  %zero = nn.constant {value = dense<0.0> : tensor<f32>} : tensor<f32>
  %0 = nn.reshape %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %1 = nn.mul %0, %one : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = nn.add %zero, %1 : (tensor<f32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.concat %2 {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
  %5 = nn.transpose %4 {permutation = array<i64: 1, 0>} : tensor<3x2xf32> -> tensor<2x3xf32>
  %6 = nn.pad %5 {pads = array<i64: 0, 0, 0, 0>} : tensor<2x3xf32> -> tensor<2x3xf32>
  %7 = nn.slice %6 {offsets = array<i64: 0, 0>, sizes = array<i64: 2, 3>, strides = array<i64: 1, 1>} : tensor<2x3xf32> -> tensor<2x3xf32>
  %8 = nn.cast %7 : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return %8 : tensor<2x3xf32>
}
// CHECK-LABEL: func.func @nothing(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
// CHECK-NEXT:    func.return %x : tensor<2x3xf32>
// CHECK-NEXT: }

// Backwards, a slice of everything is something.
func.func @reversed(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = nn.slice %x {offsets = array<i64: 2>, sizes = array<i64: 3>, strides = array<i64: -1>} : tensor<3xf32> -> tensor<3xf32>
  func.return %0 : tensor<3xf32>
}
// CHECK-LABEL: func.func @reversed(%x: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    %0 = nn.slice %x {offsets = array<i64: 2>, sizes = array<i64: 3>, strides = array<i64: -1>} : tensor<3xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %0 : tensor<3xf32>
// CHECK-NEXT: }

func.func @reshapes(%x: tensor<1x6xf32>) -> (tensor<3x2xf32>, tensor<6x1xf32>) {
  %0 = nn.reshape %x : tensor<1x6xf32> -> tensor<2x3xf32>
  %1 = nn.reshape %0 : tensor<2x3xf32> -> tensor<3x2xf32>
  %2 = nn.transpose %x {permutation = array<i64: 1, 0>} : tensor<1x6xf32> -> tensor<6x1xf32>
  func.return %1, %2 : tensor<3x2xf32>, tensor<6x1xf32>
}
// CHECK-LABEL: func.func @reshapes(%x: tensor<1x6xf32>) -> (tensor<3x2xf32>, tensor<6x1xf32>) {
// CHECK-NEXT:    %0 = nn.reshape %x : tensor<1x6xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %1 = nn.reshape %x : tensor<1x6xf32> -> tensor<6x1xf32>
// CHECK-NEXT:    func.return %0, %1 : tensor<3x2xf32>, tensor<6x1xf32>
// CHECK-NEXT: }

func.func @clamps(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = nn.constant {value = dense<0.0> : tensor<f32>} : tensor<f32>
  %0 = nn.maximum %x, %zero : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.relu %0 : tensor<4xf32> -> tensor<4xf32>
  %2 = nn.clamp %1 {min = -1.0 : f32, max = 6.0 : f32} : tensor<4xf32> -> tensor<4xf32>
  func.return %1, %2 : tensor<4xf32>, tensor<4xf32>
}
// CHECK-LABEL: func.func @clamps(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT:    %0 = nn.relu %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %1 = nn.clamp %x {min = 0.000000e+00 : f32, max = 6.000000e+00 : f32} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    func.return %0, %1 : tensor<4xf32>, tensor<4xf32>
// CHECK-NEXT: }

func.func @product(%x: tensor<1x2xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  %b = nn.constant {value = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>} : tensor<2x3xf32>
  %0 = nn.matmul %x, %b : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  %q = nn.constant {value = dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>} : tensor<2x3x!fxp.affine<i8:1, {0.5:0, 0.25:0, 0.125:0}>>
  %d = fxp.dequantize %q : tensor<2x3x!fxp.affine<i8:1, {0.5:0, 0.25:0, 0.125:0}>> -> tensor<2x3xf32>
  %1 = nn.matmul %x, %d : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  func.return %0, %1 : tensor<1x3xf32>, tensor<1x3xf32>
}
// CHECK-LABEL: func.func @product(%x: tensor<1x2xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
// CHECK-NEXT:    %b = nn.constant {value = dense<[[1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], [3.000000e+00, 6.000000e+00]]> : tensor<3x2xf32>} : tensor<3x2xf32>
// CHECK-NEXT:    %0 = nn.constant {value = dense<0.000000e+00> : tensor<3xf32>} : tensor<3xf32>
// CHECK-NEXT:    %1 = nn.fully_connected %x, %b, %0 : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
// CHECK-NEXT:    %q = nn.constant {value = dense<[[1, 4], [2, 5], [3, 6]]> : tensor<3x2xi8>} : tensor<3x2x!fxp.affine<i8:0, {0.5:0, 0.25:0, 0.125:0}>>
// CHECK-NEXT:    %2 = fxp.dequantize %q : tensor<3x2x!fxp.affine<i8:0, {0.5:0, 0.25:0, 0.125:0}>> -> tensor<3x2xf32>
// CHECK-NEXT:    %3 = nn.constant {value = dense<0.000000e+00> : tensor<3xf32>} : tensor<3xf32>
// CHECK-NEXT:    %4 = nn.fully_connected %x, %2, %3 : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
// CHECK-NEXT:    func.return %1, %4 : tensor<1x3xf32>, tensor<1x3xf32>
// CHECK-NEXT: }

func.func @global_pools(%x: tensor<1x4x5x3xf32>, %s: tensor<1x7x3xf32>) -> (tensor<1x3xf32>, tensor<1x1x3xf32>) {
  %unit = nn.max_pool2d %x {kernel = array<i64: 1, 1>} : tensor<1x4x5x3xf32> -> tensor<1x4x5x3xf32>
  %0 = nn.reduce %unit {kind = "mean", axes = array<i64: 1, 2>, keepdims = false} : tensor<1x4x5x3xf32> -> tensor<1x3xf32>
  %1 = nn.reduce %s {kind = "max", axes = array<i64: 1>, keepdims = true} : tensor<1x7x3xf32> -> tensor<1x1x3xf32>
  func.return %0, %1 : tensor<1x3xf32>, tensor<1x1x3xf32>
}
// CHECK-LABEL: func.func @global_pools(%x: tensor<1x4x5x3xf32>, %s: tensor<1x7x3xf32>) -> (tensor<1x3xf32>, tensor<1x1x3xf32>) {
// CHECK-NEXT:    %0 = nn.avg_pool2d %x {kernel = array<i64: 4, 5>} : tensor<1x4x5x3xf32> -> tensor<1x1x1x3xf32>
// CHECK-NEXT:    %1 = nn.reshape %0 : tensor<1x1x1x3xf32> -> tensor<1x3xf32>
// CHECK-NEXT:    %2 = nn.reshape %s : tensor<1x7x3xf32> -> tensor<1x1x7x3xf32>
// CHECK-NEXT:    %3 = nn.max_pool2d %2 {kernel = array<i64: 1, 7>} : tensor<1x1x7x3xf32> -> tensor<1x1x1x3xf32>
// CHECK-NEXT:    %4 = nn.reshape %3 : tensor<1x1x1x3xf32> -> tensor<1x1x3xf32>
// CHECK-NEXT:    func.return %1, %4 : tensor<1x3xf32>, tensor<1x1x3xf32>
// CHECK-NEXT: }

func.func @quantized(%q: tensor<4x!fxp.affine<i8, 0.1:3>>) -> (tensor<4x!fxp.affine<i8, 0.1:3>>, tensor<4x!fxp.affine<i8, 0.2:3>>) {
  %0 = fxp.dequantize %q : tensor<4x!fxp.affine<i8, 0.1:3>> -> tensor<4xf32>
  %1 = fxp.quantize %0 : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.1:3>>
  %2 = fxp.quantize %0 : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.2:3>>
  func.return %1, %2 : tensor<4x!fxp.affine<i8, 0.1:3>>, tensor<4x!fxp.affine<i8, 0.2:3>>
}
// CHECK-LABEL: func.func @quantized(%q: tensor<4x!fxp.affine<i8, 0.1:3>>) -> (tensor<4x!fxp.affine<i8, 0.1:3>>, tensor<4x!fxp.affine<i8, 0.2:3>>) {
// CHECK-NEXT:    %0 = fxp.dequantize %q : tensor<4x!fxp.affine<i8, 0.1:3>> -> tensor<4xf32>
// CHECK-NEXT:    %1 = fxp.quantize %0 : tensor<4xf32> -> tensor<4x!fxp.affine<i8, 0.2:3>>
// CHECK-NEXT:    func.return %q, %1 : tensor<4x!fxp.affine<i8, 0.1:3>>, tensor<4x!fxp.affine<i8, 0.2:3>>
// CHECK-NEXT: }

func.func @concat(%x: tensor<1x2xf32>) -> tensor<1x6xf32> {
  %0 = nn.concat %x, %x {axis = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %1 = nn.concat %0, %x {axis = 1 : i64} : (tensor<1x4xf32>, tensor<1x2xf32>) -> tensor<1x6xf32>
  func.return %1 : tensor<1x6xf32>
}
// CHECK-LABEL: func.func @concat(%x: tensor<1x2xf32>) -> tensor<1x6xf32> {
// CHECK-NEXT:    %0 = nn.concat %x, %x, %x {axis = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x6xf32>
// CHECK-NEXT:    func.return %0 : tensor<1x6xf32>
// CHECK-NEXT: }

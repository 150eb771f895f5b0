// RUN: nnopt-opt %s | nnopt-opt | filecheck %s
// RUN: nnopt-opt %s --print-op-generic | nnopt-opt | filecheck %s

// CHECK-LABEL: func.func @constants(
// CHECK-NEXT:    %c0 = nn.constant {value = dense<[1.500000e+00, -2.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %c1 = nn.constant {value = dense<7> : tensor<2x3xi8>} : tensor<2x3xi8>
// CHECK-NEXT:    %c2 = nn.constant {value = dense<[1, 2]> : tensor<2xi8>} : tensor<2x!fxp.affine<i8:0, {0.5:0, 0.25:-1}>>
// CHECK-NEXT:    %c3 = nn.constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
func.func @constants() {
  %c0 = nn.constant {value = dense<[1.5, -2.0]> : tensor<2xf32>} : tensor<2xf32>
  %c1 = nn.constant {value = dense<7> : tensor<2x3xi8>} : tensor<2x3xi8>
  %c2 = nn.constant {value = dense<[1, 2]> : tensor<2xi8>} : tensor<2x!fxp.affine<i8:0, {0.5:0, 0.25:-1}>>
  %c3 = nn.constant {value = dense<[true, false]> : tensor<2xi1>} : tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @windows(
// CHECK-NEXT:    %y0 = nn.conv2d %x, %w, %b : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x6x6x6xf32>
// CHECK-NEXT:    %y1 = nn.conv2d %x, %g, %c {strides = array<i64: 2, 1>, pads = array<i64: 0, 1, 2, 3>, dilations = array<i64: 1, 2>, groups = 4 : i64, act_min = 0.000000e+00 : f32, act_max = 6.000000e+00 : f32} : (tensor<1x8x8x4xf32>, tensor<8x3x3x1xf32>, tensor<8xf32>) -> tensor<1x4x8x8xf32>
// CHECK-NEXT:    %y2 = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x8x8x4xf32> -> tensor<1x4x4x4xf32>
// CHECK-NEXT:    %y3 = nn.max_pool2d %x {kernel = array<i64: 2, 3>, pads = array<i64: 1, 0, 0, 1>, dilations = array<i64: 2, 1>} : tensor<1x8x8x4xf32> -> tensor<1x7x7x4xf32>
// CHECK-NEXT:    %y4 = nn.avg_pool2d %x {kernel = array<i64: 8, 8>} : tensor<1x8x8x4xf32> -> tensor<1x1x1x4xf32>
// CHECK-NEXT:    %y5 = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, count_include_pad = true, act_max = 1.000000e+00 : f32} : tensor<1x8x8x4xf32> -> tensor<1x4x4x4xf32>
func.func @windows(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>, %b: tensor<6xf32>, %g: tensor<8x3x3x1xf32>, %c: tensor<8xf32>) {
  %y0 = nn.conv2d %x, %w, %b : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x6x6x6xf32>
  %y1 = nn.conv2d %x, %g, %c {strides = array<i64: 2, 1>, pads = array<i64: 0, 1, 2, 3>, dilations = array<i64: 1, 2>, groups = 4 : i64, act_min = 0.0 : f32, act_max = 6.0 : f32} : (tensor<1x8x8x4xf32>, tensor<8x3x3x1xf32>, tensor<8xf32>) -> tensor<1x4x8x8xf32>
  %y2 = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x8x8x4xf32> -> tensor<1x4x4x4xf32>
  %y3 = nn.max_pool2d %x {kernel = array<i64: 2, 3>, pads = array<i64: 1, 0, 0, 1>, dilations = array<i64: 2, 1>} : tensor<1x8x8x4xf32> -> tensor<1x7x7x4xf32>
  %y4 = nn.avg_pool2d %x {kernel = array<i64: 8, 8>} : tensor<1x8x8x4xf32> -> tensor<1x1x1x4xf32>
  %y5 = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, count_include_pad = true, act_max = 1.0 : f32} : tensor<1x8x8x4xf32> -> tensor<1x4x4x4xf32>
  func.return
}

// CHECK-LABEL: func.func @products(
// CHECK-NEXT:    %y0 = nn.fully_connected %x, %w, %b {act_min = -1.000000e+00 : f32, act_max = 1.000000e+00 : f32} : (tensor<2x3x4xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<2x3x5xf32>
// CHECK-NEXT:    %y1 = nn.matmul %x, %m : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
func.func @products(%x: tensor<2x3x4xf32>, %w: tensor<5x4xf32>, %b: tensor<5xf32>, %m: tensor<4x5xf32>) {
  %y0 = nn.fully_connected %x, %w, %b {act_min = -1.0 : f32, act_max = 1.0 : f32} : (tensor<2x3x4xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<2x3x5xf32>
  %y1 = nn.matmul %x, %m : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  func.return
}

// CHECK-LABEL: func.func @integer_products(
// CHECK-NEXT:    %y0 = nn.conv2d %x, %w, %b {input_zero_point = -5 : i32, weight_zero_point = 128 : i32} : (tensor<1x4x4x2xi8>, tensor<3x1x1x2xui8>, tensor<3xi32>) -> tensor<1x4x4x3xi32>
// CHECK-NEXT:    %y1 = nn.fully_connected %u, %m, %d {weight_zero_point = 3 : i32} : (tensor<2x4xi16>, tensor<5x4xi8>, tensor<5xi64>) -> tensor<2x5xi64>
// CHECK-NEXT:    %y2 = nn.matmul %u, %v {lhs_zero_point = 300 : i32, rhs_zero_point = -1 : i32} : (tensor<2x4xi16>, tensor<4x5xi8>) -> tensor<2x5xi32>
// CHECK-NEXT:    %y3 = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, input_zero_point = 4 : i32} : tensor<1x4x4x2xi8> -> tensor<1x3x3x2xi32>
func.func @integer_products(%x: tensor<1x4x4x2xi8>, %w: tensor<3x1x1x2xui8>, %b: tensor<3xi32>, %u: tensor<2x4xi16>, %v: tensor<4x5xi8>, %m: tensor<5x4xi8>, %d: tensor<5xi64>) {
  %y0 = nn.conv2d %x, %w, %b {input_zero_point = -5 : i32, weight_zero_point = 128 : i32} : (tensor<1x4x4x2xi8>, tensor<3x1x1x2xui8>, tensor<3xi32>) -> tensor<1x4x4x3xi32>
  %y1 = nn.fully_connected %u, %m, %d {weight_zero_point = 3 : i32} : (tensor<2x4xi16>, tensor<5x4xi8>, tensor<5xi64>) -> tensor<2x5xi64>
  %y2 = nn.matmul %u, %v {lhs_zero_point = 300 : i32, rhs_zero_point = -1 : i32} : (tensor<2x4xi16>, tensor<4x5xi8>) -> tensor<2x5xi32>
  %y3 = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, input_zero_point = 4 : i32} : tensor<1x4x4x2xi8> -> tensor<1x3x3x2xi32>
  func.return
}

// CHECK-LABEL: func.func @quantized(
// CHECK-NEXT:    %y0 = nn.fully_connected %x, %w, %b {act_min = 0.000000e+00 : f32} : (tensor<1x4x!fxp.affine<i8, 0.5:3>>, tensor<2x4x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) -> tensor<1x2x!fxp.affine<i8, 0.1:-128>>
// CHECK-NEXT:    %y1 = nn.add %x, %x : (tensor<1x4x!fxp.affine<i8, 0.5:3>>, tensor<1x4x!fxp.affine<i8, 0.5:3>>) -> tensor<1x4x!fxp.fixed<i16, 4>>
// CHECK-NEXT:    %y2 = nn.softmax %x {axis = -1 : i64} : tensor<1x4x!fxp.affine<i8, 0.5:3>> -> tensor<1x4x!fxp.affine<i8, 0.00390625:-128>>
// CHECK-NEXT:    %y3 = nn.concat %x, %x {axis = 0 : i64} : (tensor<1x4x!fxp.affine<i8, 0.5:3>>, tensor<1x4x!fxp.affine<i8, 0.5:3>>) -> tensor<2x4x!fxp.affine<i8, 0.25:0>>
// CHECK-NEXT:    %y4 = nn.transpose %w {permutation = array<i64: 1, 0>} : tensor<2x4x!fxp.affine<i8:0, {0.5:0, 0.25:0}>> -> tensor<4x2x!fxp.affine<i8:1, {0.5:0, 0.25:0}>>
func.func @quantized(%x: tensor<1x4x!fxp.affine<i8, 0.5:3>>, %w: tensor<2x4x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, %b: tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) {
  %y0 = nn.fully_connected %x, %w, %b {act_min = 0.0 : f32} : (tensor<1x4x!fxp.affine<i8, 0.5:3>>, tensor<2x4x!fxp.affine<i8:0, {0.5:0, 0.25:0}>>, tensor<2x!fxp.affine<i32:0, {0.25:0, 0.125:0}>>) -> tensor<1x2x!fxp.affine<i8, 0.1:-128>>
  %y1 = nn.add %x, %x : (tensor<1x4x!fxp.affine<i8, 0.5:3>>, tensor<1x4x!fxp.affine<i8, 0.5:3>>) -> tensor<1x4x!fxp.fixed<i16, 4>>
  %y2 = nn.softmax %x {axis = -1 : i64} : tensor<1x4x!fxp.affine<i8, 0.5:3>> -> tensor<1x4x!fxp.affine<i8, 0.00390625:-128>>
  %y3 = nn.concat %x, %x {axis = 0 : i64} : (tensor<1x4x!fxp.affine<i8, 0.5:3>>, tensor<1x4x!fxp.affine<i8, 0.5:3>>) -> tensor<2x4x!fxp.affine<i8, 0.25:0>>
  %y4 = nn.transpose %w {permutation = array<i64: 1, 0>} : tensor<2x4x!fxp.affine<i8:0, {0.5:0, 0.25:0}>> -> tensor<4x2x!fxp.affine<i8:1, {0.5:0, 0.25:0}>>
  func.return
}

// CHECK-LABEL: func.func @normalized(
// CHECK-NEXT:    %y0 = nn.layer_norm %x, %s, %b {epsilon = 5.000000e-01 : f32} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT:    %y1 = nn.layer_norm %q, %s, %b {epsilon = 5.000000e-01 : f32} : (tensor<2x4x!fxp.affine<i8, 0.5:3>>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4x!fxp.affine<i8, 0.25:0>>
func.func @normalized(%x: tensor<2x4xf32>, %q: tensor<2x4x!fxp.affine<i8, 0.5:3>>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  %y0 = nn.layer_norm %x, %s, %b {epsilon = 0.5 : f32} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %y1 = nn.layer_norm %q, %s, %b {epsilon = 0.5 : f32} : (tensor<2x4x!fxp.affine<i8, 0.5:3>>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4x!fxp.affine<i8, 0.25:0>>
  func.return
}

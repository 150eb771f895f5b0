// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

// What has its default is not printed, and need not be written.
// CHECK-LABEL: func.func @defaults(
// CHECK-NEXT:    %y0 = nn.conv2d %x, %w, %b : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
// CHECK-NEXT:    %y1 = nn.max_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x4x4x2xf32> -> tensor<1x3x3x2xf32>
// CHECK-NEXT:    %y2 = nn.avg_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x4x4x2xf32> -> tensor<1x3x3x2xf32>
// CHECK-NEXT:    %y3 = nn.reduce %x {kind = "sum", axes = array<i64: 1>} : tensor<1x4x4x2xf32> -> tensor<1x1x4x2xf32>
// CHECK-NEXT:    %y4 = nn.pad %x {pads = array<i64: 0, 1, 0, 0, 0, 0, 0, 0>} : tensor<1x4x4x2xf32> -> tensor<1x5x4x2xf32>
func.func @defaults(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2xf32>, %b: tensor<3xf32>) {
  %y0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, input_zero_point = 0 : i32, weight_zero_point = 0 : i32} : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %y1 = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x4x4x2xf32> -> tensor<1x3x3x2xf32>
  %y2 = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, count_include_pad = false, input_zero_point = 0 : i32} : tensor<1x4x4x2xf32> -> tensor<1x3x3x2xf32>
  %y3 = nn.reduce %x {kind = "sum", axes = array<i64: 1>, keepdims = true} : tensor<1x4x4x2xf32> -> tensor<1x1x4x2xf32>
  %y4 = nn.pad %x {pads = array<i64: 0, 1, 0, 0, 0, 0, 0, 0>, value = 0.0 : f32, mode = "constant"} : tensor<1x4x4x2xf32> -> tensor<1x5x4x2xf32>
  func.return
}

// Numbers that have no short decimal form, and attributes that are none of the op's.
// CHECK-LABEL: func.func @numbers(
// CHECK-NEXT:    %y0 = nn.clamp %x {min = 0xff800000 : f32, max = 6.000000e+00 : f32} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y1 = nn.leaky_relu %x {nn.range = "kept", alpha = 0.333333343 : f32} : tensor<4xf32> -> tensor<4xf32>
func.func @numbers(%x: tensor<4xf32>) {
  %y0 = nn.clamp %x {min = 0xFF800000 : f32, max = 6.0 : f32} : tensor<4xf32> -> tensor<4xf32>
  %y1 = nn.leaky_relu %x {alpha = 0.33333334 : f32, nn.range = "kept"} : tensor<4xf32> -> tensor<4xf32>
  func.return
}

// Names of inputs and outputs of the network.
// CHECK-LABEL: func.func @names(
// CHECK-SAME:    %x: tensor<4xf32> {nn.name = "input:0"}) -> (tensor<4xf32> {nn.name = "/out/y"})
func.func @names(%x: tensor<4xf32> {nn.name = "input:0"}) -> (tensor<4xf32> {nn.name = "/out/y"}) {
  func.return %x : tensor<4xf32>
}

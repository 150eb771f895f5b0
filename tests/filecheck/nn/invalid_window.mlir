// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: tensor<?x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b : (tensor<?x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<?x3x3x3xf32>
  func.return
}
// CHECK: (C0) expected a static shape, found tensor<?x4x4x2xf32>

// -----

func.func @f(%x: tensor<4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b : (tensor<4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C1) expected an input with 4 dimensions, found (4, 4, 2)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x5x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b : (tensor<1x4x4x2xf32>, tensor<3x5x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C1) expected a window that fits in 4 + 0 + 0 elements, found one of 5

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b {strides = array<i64: 2, 2>} : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (1, 2, 2, 3), found (1, 3, 3, 3)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b {strides = array<i64: 0, 1>} : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C2) expected strides of 2 numbers of at least 1, found (0, 1)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b {pads = array<i64: 0, 0, -1, 0>} : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C2) expected pads of 4 numbers of at least 0, found (0, 0, -1, 0)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b {dilations = array<i64: 1>} : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C2) expected dilations of 2 numbers of at least 1, found (1,)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b {groups = 2 : i64} : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C3) expected groups that divide 2 channels and 3 filters, found 2

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x1xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b : (tensor<1x4x4x2xf32>, tensor<3x2x2x1xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C3) expected weights of 2 channels, found (3, 2, 2, 1)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<2xf32>) {
  %r = nn.conv2d %x, %w, %b : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<2xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C3) expected a bias of shape (3,), found (2,)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xi8>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xi8>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C4) expected only f32, only fxp, or 8/16-bit integers summed in i32 or i64 as elements, found f32, i8, f32, f32

// -----

func.func @f(%x: tensor<1x4x4x2xi8>, %w: tensor<3x2x2x2xi8>, %b: tensor<3xi32>) {
  %r = nn.conv2d %x, %w, %b : (tensor<1x4x4x2xi8>, tensor<3x2x2x2xi8>, tensor<3xi32>) -> tensor<1x3x3x3xi64>
  func.return
}
// CHECK: (C4) expected only f32, only fxp, or 8/16-bit integers summed in i32 or i64 as elements, found i8, i8, i32, i64

// -----

func.func @f(%x: tensor<1x4x4x2xi8>, %w: tensor<3x2x2x2xi8>, %b: tensor<3xi32>) {
  %r = nn.conv2d %x, %w, %b {act_min = 0.0 : f32} : (tensor<1x4x4x2xi8>, tensor<3x2x2x2xi8>, tensor<3xi32>) -> tensor<1x3x3x3xi32>
  func.return
}
// CHECK: (C5) expected real elements for a clamp, found i32

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b {act_min = 1.0 : f32, act_max = 0.0 : f32} : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C5) expected act_min <= act_max, found 1.0 and 0.0

// -----

func.func @f(%x: tensor<1x4x4x2xi8>, %w: tensor<3x2x2x2xi8>, %b: tensor<3xi32>) {
  %r = nn.conv2d %x, %w, %b {input_zero_point = 128 : i32} : (tensor<1x4x4x2xi8>, tensor<3x2x2x2xi8>, tensor<3xi32>) -> tensor<1x3x3x3xi32>
  func.return
}
// CHECK: (C6) expected a zero point in -128..127 for i8, found 128

// -----

func.func @f(%x: tensor<1x4x4x2xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>) {
  %r = nn.conv2d %x, %w, %b {weight_zero_point = 1 : i32} : (tensor<1x4x4x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>) -> tensor<1x3x3x3xf32>
  func.return
}
// CHECK: (C6) expected a zero point in 0..0 for f32, found 1

// -----

func.func @f(%x: tensor<1x4x4x2xf32>) {
  %r = nn.max_pool2d %x {kernel = array<i64: 5, 1>} : tensor<1x4x4x2xf32> -> tensor<1x0x4x2xf32>
  func.return
}
// CHECK: (C1) expected a window that fits in 4 + 0 + 0 elements, found one of 5

// -----

func.func @f(%x: tensor<1x4x4x2xf32>) {
  %r = nn.max_pool2d %x {kernel = array<i64: 2, 0>} : tensor<1x4x4x2xf32> -> tensor<1x3x5x2xf32>
  func.return
}
// CHECK: (C2) expected kernel of 2 numbers of at least 1, found (2, 0)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>) {
  %r = nn.max_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x4x4x2xf32> -> tensor<1x3x3x2xi8>
  func.return
}
// CHECK: (C3) expected only f32, only fxp or one integer type as elements, found f32, i8

// -----

func.func @f(%x: tensor<1x4x4x2xf32>) {
  %r = nn.avg_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x4x4x2xf32> -> tensor<1x3x3x1xf32>
  func.return
}
// CHECK: (C1) expected a result of shape (1, 3, 3, 2), found (1, 3, 3, 1)

// -----

func.func @f(%x: tensor<1x4x4x2xf32>) {
  %r = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, pads = array<i64: 0, 0>} : tensor<1x4x4x2xf32> -> tensor<1x3x3x2xf32>
  func.return
}
// CHECK: (C2) expected pads of 4 numbers of at least 0, found (0, 0)

// -----

func.func @f(%x: tensor<1x4x4x2xi8>) {
  %r = nn.avg_pool2d %x {kernel = array<i64: 2, 2>} : tensor<1x4x4x2xi8> -> tensor<1x3x3x2xi8>
  func.return
}
// CHECK: (C3) expected f32 to f32, fxp to fxp or 8/16-bit integers to i32, found i8 to i8

// -----

func.func @f(%x: tensor<1x4x4x2xi8>) {
  %r = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, act_max = 1.0 : f32} : tensor<1x4x4x2xi8> -> tensor<1x3x3x2xi32>
  func.return
}
// CHECK: (C4) expected real elements for a clamp, found i32

// -----

func.func @f(%x: tensor<1x4x4x2xui8>) {
  %r = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, input_zero_point = -1 : i32} : tensor<1x4x4x2xui8> -> tensor<1x3x3x2xi32>
  func.return
}
// CHECK: (C5) expected a zero point in 0..255 for ui8, found -1

// RUN: nnopt-opt %s -p fold-bias | filecheck %s
// RUN: nnopt-opt %s -p fold-bias,fold-bias | filecheck %s

// The example of the documentation.
func.func @add(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
  %w = nn.constant {value = dense<1.0> : tensor<3x2xf32>} : tensor<3x2xf32>
  %b = nn.constant {value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : tensor<3xf32>
  %c = nn.constant {value = dense<[[0.5, 0.25, 0.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
  %y = nn.fully_connected %x, %w, %b
      : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %z = nn.add %c, %y {act_min = 0.0 : f32}
      : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
  func.return %z : tensor<1x3xf32>
}
// CHECK-LABEL: func.func @add(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<3x2xf32>} : tensor<3x2xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<[1.500000e+00, 2.250000e+00, 3.000000e+00]> : tensor<3xf32>} : tensor<3xf32>
// CHECK-NEXT:    %y = nn.fully_connected %x, %w, %b {act_min = 0.000000e+00 : f32} : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
// CHECK-NEXT:    func.return %y : tensor<1x3xf32>
// CHECK-NEXT: }

func.func @sub(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = nn.constant {value = dense<1.0> : tensor<2x1x1x1xf32>} : tensor<2x1x1x1xf32>
  %b = nn.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<2xf32>
  %c = nn.constant {value = dense<0.5> : tensor<f32>} : tensor<f32>
  %y = nn.conv2d %x, %w, %b : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %z = nn.sub %y, %c : (tensor<1x2x2x2xf32>, tensor<f32>) -> tensor<1x2x2x2xf32>
  func.return %z : tensor<1x2x2x2xf32>
}
// CHECK-LABEL: func.func @sub(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<2x1x1x1xf32>} : tensor<2x1x1x1xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<[5.000000e-01, 1.500000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %y = nn.conv2d %x, %w, %b : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
// CHECK-NEXT:    func.return %y : tensor<1x2x2x2xf32>
// CHECK-NEXT: }

// Not a constant per channel; a clamp in between; constant minus layer.
func.func @kept(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = nn.constant {value = dense<1.0> : tensor<2x2xf32>} : tensor<2x2xf32>
  %b = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
  %c = nn.constant {value = dense<[[1.0], [2.0]]> : tensor<2x1xf32>} : tensor<2x1xf32>
  %p = nn.fully_connected %x, %w, %b : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %0 = nn.add %p, %c : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
  %q = nn.fully_connected %x, %w, %b {act_min = 0.0 : f32} : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %1 = nn.add %q, %b : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %r = nn.fully_connected %x, %w, %b : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %2 = nn.sub %b, %r : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  func.return %0, %1, %2 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}
// CHECK-LABEL: func.func @kept(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<2x2xf32>} : tensor<2x2xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<0.000000e+00> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %c = nn.constant {value = dense<[[1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>} : tensor<2x1xf32>
// CHECK-NEXT:    %p = nn.fully_connected %x, %w, %b : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:    %0 = nn.add %p, %c : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:    %q = nn.fully_connected %x, %w, %b {act_min = 0.000000e+00 : f32} : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:    %1 = nn.add %q, %b : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:    %r = nn.fully_connected %x, %w, %b : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:    %2 = nn.sub %b, %r : (tensor<2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:    func.return %0, %1, %2 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
// CHECK-NEXT: }

// A bias stored as integers takes the place of zeros.
func.func @stored(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant {value = dense<1.0> : tensor<2x2xf32>} : tensor<2x2xf32>
  %zero = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
  %q = nn.constant {value = dense<[7, -8]> : tensor<2xi32>} : tensor<2x!fxp.affine<i32, 0.125:0>>
  %d = fxp.dequantize %q : tensor<2x!fxp.affine<i32, 0.125:0>> -> tensor<2xf32>
  %y = nn.fully_connected %x, %w, %zero : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %z = nn.add %y, %d : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  func.return %z : tensor<1x2xf32>
}
// CHECK-LABEL: func.func @stored(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<2x2xf32>} : tensor<2x2xf32>
// CHECK-NEXT:    %q = nn.constant {value = dense<[7, -8]> : tensor<2xi32>} : tensor<2x!fxp.affine<i32, 0.125:0>>
// CHECK-NEXT:    %d = fxp.dequantize %q : tensor<2x!fxp.affine<i32, 0.125:0>> -> tensor<2xf32>
// CHECK-NEXT:    %y = nn.fully_connected %x, %w, %d : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
// CHECK-NEXT:    func.return %y : tensor<1x2xf32>
// CHECK-NEXT: }

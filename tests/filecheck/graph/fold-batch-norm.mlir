// RUN: nnopt-opt %s -p fold-batch-norm | filecheck %s
// RUN: nnopt-opt %s -p fold-batch-norm,fold-batch-norm | filecheck %s

// The example of the documentation.
func.func @before(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = nn.constant {value = dense<[[1.0, 3.0]]> : tensor<1x2xf32>} : tensor<1x2xf32>
  %b = nn.constant {value = dense<0.5> : tensor<1xf32>} : tensor<1xf32>
  %scale = nn.constant {value = dense<[2.0, 1.0]> : tensor<2xf32>} : tensor<2xf32>
  %zero = nn.constant {value = dense<0.0> : tensor<2xf32>} : tensor<2xf32>
  %mean = nn.constant {value = dense<[1.0, -1.0]> : tensor<2xf32>} : tensor<2xf32>
  %one = nn.constant {value = dense<1.0> : tensor<2xf32>} : tensor<2xf32>
  %y = nn.batch_norm %x, %scale, %zero, %mean, %one {axis = 1 : i64, epsilon = 0.0 : f32}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
      -> tensor<1x2xf32>
  %z = nn.fully_connected %y, %w, %b
      : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  func.return %z : tensor<1x1xf32>
}
// CHECK-LABEL: func.func @before(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<[[2.000000e+00, 3.000000e+00]]> : tensor<1x2xf32>} : tensor<1x2xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<1.500000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %z = nn.fully_connected %x, %w, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
// CHECK-NEXT:    func.return %z : tensor<1x1xf32>
// CHECK-NEXT: }

// Into the layer before: weights and bias are scaled per output channel.
func.func @after(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = nn.constant {value = dense<[[[[1.0]]], [[[3.0]]]]> : tensor<2x1x1x1xf32>} : tensor<2x1x1x1xf32>
  %b = nn.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<2xf32>
  %scale = nn.constant {value = dense<[2.0, 1.0]> : tensor<2xf32>} : tensor<2xf32>
  %shift = nn.constant {value = dense<[0.5, 0.0]> : tensor<2xf32>} : tensor<2xf32>
  %mean = nn.constant {value = dense<[1.0, -1.0]> : tensor<2xf32>} : tensor<2xf32>
  %var = nn.constant {value = dense<[4.0, 0.25]> : tensor<2xf32>} : tensor<2xf32>
  %y = nn.conv2d %x, %w, %b : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %z = nn.batch_norm %y, %scale, %shift, %mean, %var {axis = 3 : i64, epsilon = 0.0 : f32} : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  func.return %z : tensor<1x2x2x2xf32>
}
// CHECK-LABEL: func.func @after(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<[[[[1.000000e+00]]], [[[6.000000e+00]]]]> : tensor<2x1x1x1xf32>} : tensor<2x1x1x1xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<[5.000000e-01, 6.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %y = nn.conv2d %x, %w, %b : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
// CHECK-NEXT:    func.return %y : tensor<1x2x2x2xf32>
// CHECK-NEXT: }

// Padding adds zeros to what is normalized, so a multiplication and an addition stay.
func.func @padded(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x4x1xf32> {
  %w = nn.constant {value = dense<1.0> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
  %one = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
  %two = nn.constant {value = dense<2.0> : tensor<1xf32>} : tensor<1xf32>
  %y = nn.batch_norm %x, %two, %one, %two, %one {axis = -1 : i64, epsilon = 0.0 : f32} : (tensor<1x2x2x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
  %z = nn.conv2d %y, %w, %one {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  func.return %z : tensor<1x4x4x1xf32>
}
// CHECK-LABEL: func.func @padded(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x4x1xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<1.000000e+00> : tensor<1x1x1x1xf32>} : tensor<1x1x1x1xf32>
// CHECK-NEXT:    %one = nn.constant {value = dense<1.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %y = nn.constant {value = dense<2.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %y_1 = nn.constant {value = dense<-3.000000e+00> : tensor<1xf32>} : tensor<1xf32>
// CHECK-NEXT:    %y_2 = nn.mul %x, %y : (tensor<1x2x2x1xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    %y_3 = nn.add %y_2, %y_1 : (tensor<1x2x2x1xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    %z = nn.conv2d %y_3, %w, %one {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
// CHECK-NEXT:    func.return %z : tensor<1x4x4x1xf32>
// CHECK-NEXT: }

// A product with a constant per channel is folded as well.
func.func @scale(%x: tensor<1x1xf32>) -> tensor<1x2xf32> {
  %w = nn.constant {value = dense<[[1.0], [3.0]]> : tensor<2x1xf32>} : tensor<2x1xf32>
  %b = nn.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<2xf32>
  %y = nn.fully_connected %x, %w, %b : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %z = nn.mul %y, %b {act_max = 6.0 : f32} : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  func.return %z : tensor<1x2xf32>
}
// CHECK-LABEL: func.func @scale(%x: tensor<1x1xf32>) -> tensor<1x2xf32> {
// CHECK-NEXT:    %w = nn.constant {value = dense<[[1.000000e+00], [6.000000e+00]]> : tensor<2x1xf32>} : tensor<2x1xf32>
// CHECK-NEXT:    %b = nn.constant {value = dense<[1.000000e+00, 4.000000e+00]> : tensor<2xf32>} : tensor<2xf32>
// CHECK-NEXT:    %y = nn.fully_connected %x, %w, %b {act_max = 6.000000e+00 : f32} : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
// CHECK-NEXT:    func.return %y : tensor<1x2xf32>
// CHECK-NEXT: }

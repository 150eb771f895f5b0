// RUN: nnopt-opt %s -p form-layer-norm,dce --verify-each-semantics random | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  %e = nn.constant {value = dense<0.5> : tensor<f32>} : tensor<f32>
  %g = nn.constant {value = dense<2.0> : tensor<4xf32>} : tensor<4xf32>
  %m = nn.reduce %x {kind = "mean", axes = array<i64: 2>}
      : tensor<1x2x4xf32> -> tensor<1x2x1xf32>
  %d = nn.sub %x, %m : (tensor<1x2x4xf32>, tensor<1x2x1xf32>) -> tensor<1x2x4xf32>
  %s = nn.mul %d, %d : (tensor<1x2x4xf32>, tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %v = nn.reduce %s {kind = "mean", axes = array<i64: 2>}
      : tensor<1x2x4xf32> -> tensor<1x2x1xf32>
  %w = nn.add %v, %e : (tensor<1x2x1xf32>, tensor<f32>) -> tensor<1x2x1xf32>
  %r = nn.sqrt %w : tensor<1x2x1xf32> -> tensor<1x2x1xf32>
  %i = nn.reciprocal %r : tensor<1x2x1xf32> -> tensor<1x2x1xf32>
  %n = nn.mul %d, %i : (tensor<1x2x4xf32>, tensor<1x2x1xf32>) -> tensor<1x2x4xf32>
  %y = nn.mul %n, %g : (tensor<1x2x4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
  func.return %y : tensor<1x2x4xf32>
}
// CHECK-LABEL: func.func @main(
// CHECK-NEXT:    %y = nn.constant {value = dense<2.000000e+00> : tensor<4xf32>}
// CHECK-NEXT:    %y_1 = nn.constant {value = dense<0.000000e+00> : tensor<4xf32>}
// CHECK-NEXT:    %y_2 = nn.layer_norm %x, %y, %y_1 {epsilon = 5.000000e-01 : f32} : (tensor<1x2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
// CHECK-NEXT:    func.return %y_2

// As exporters without LayerNormalization write it: a power, a quotient, the bias first.
func.func @quotient(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %e = nn.constant {value = dense<1.0e-5> : tensor<f32>} : tensor<f32>
  %two = nn.constant {value = dense<2.0> : tensor<f32>} : tensor<f32>
  %b = nn.constant {value = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>} : tensor<4xf32>
  %m = nn.reduce %x {kind = "mean", axes = array<i64: -1>} : tensor<2x4xf32> -> tensor<2x1xf32>
  %d = nn.sub %x, %m : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %s = nn.pow %d, %two : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %v = nn.reduce %s {kind = "mean", axes = array<i64: -1>} : tensor<2x4xf32> -> tensor<2x1xf32>
  %w = nn.add %e, %v : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %r = nn.sqrt %w : tensor<2x1xf32> -> tensor<2x1xf32>
  %n = nn.div %d, %r : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %y = nn.add %b, %n : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return %y : tensor<2x4xf32>
}
// CHECK-LABEL: func.func @quotient(
// CHECK:         dense<1.000000e+00> : tensor<4xf32>
// CHECK:         dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>
// CHECK:         nn.layer_norm %x, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f32}
// CHECK-NEXT:    func.return

// The squares are of something else; the mean is over another dimension.
func.func @others(%x: tensor<2x4xf32>, %z: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %e = nn.constant {value = dense<0.5> : tensor<f32>} : tensor<f32>
  %m = nn.reduce %x {kind = "mean", axes = array<i64: 1>} : tensor<2x4xf32> -> tensor<2x1xf32>
  %d = nn.sub %x, %m : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %s = nn.mul %z, %z : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %v = nn.reduce %s {kind = "mean", axes = array<i64: 1>} : tensor<2x4xf32> -> tensor<2x1xf32>
  %w = nn.add %v, %e : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %r = nn.sqrt %w : tensor<2x1xf32> -> tensor<2x1xf32>
  %n = nn.div %d, %r : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %m0 = nn.reduce %x {kind = "mean", axes = array<i64: 0>} : tensor<2x4xf32> -> tensor<1x4xf32>
  %d0 = nn.sub %x, %m0 : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %s0 = nn.mul %d0, %d0 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %v0 = nn.reduce %s0 {kind = "mean", axes = array<i64: 0>} : tensor<2x4xf32> -> tensor<1x4xf32>
  %w0 = nn.add %v0, %e : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %r0 = nn.sqrt %w0 : tensor<1x4xf32> -> tensor<1x4xf32>
  %n0 = nn.div %d0, %r0 : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  func.return %n, %n0 : tensor<2x4xf32>, tensor<2x4xf32>
}
// CHECK-LABEL: func.func @others(
// CHECK-NOT:     nn.layer_norm
// CHECK:         func.return

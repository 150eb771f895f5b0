// RUN: nnopt-opt %s -p form-kernels | filecheck %s

// The example of the documentation.
func.func @conv(%x: tensor<1x2x2x1xi8>, %w: tensor<2x1x1x1xi8>, %b: tensor<2xi32>)
    -> tensor<1x2x2x2xi8> {
  %a = nn.conv2d %x, %w, %b : (tensor<1x2x2x1xi8>, tensor<2x1x1x1xi8>, tensor<2xi32>)
      -> tensor<1x2x2x2xi32>
  %q = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 37>,
      rounding = "half_even", min = -128 : i32, max = 127 : i32}
      : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xi8>
  func.return %q : tensor<1x2x2x2xi8>
}

// A sum joins one of its operands' kernels, not both; it may not wait for what comes later.
func.func @residual(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = nn.softmax %x {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
  %r = nn.relu %x : tensor<4xf32> -> tensor<4xf32>
  %n = nn.negate %r : tensor<4xf32> -> tensor<4xf32>
  %s = nn.add %a, %n : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return %s : tensor<4xf32>
}

// A value with two uses ends its kernel; what only converts to real happens where softmax reads.
func.func @uses(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xf32>) {
  %m = nn.relu %x : tensor<4xi8> -> tensor<4xi8>
  %r = fxp.to_real %m {scale = 0.5 : f32} : tensor<4xi8> -> tensor<4xf32>
  %s = nn.softmax %r {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
  func.return %m, %s : tensor<4xi8>, tensor<4xf32>
}

// What is returned is written by a kernel: arguments, and values returned twice, are copied.
func.func @returned(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>) {
  %r = nn.relu %x : tensor<4xf32> -> tensor<4xf32>
  %v = nn.reshape %r : tensor<4xf32> -> tensor<2x2xf32>
  func.return %x, %v, %r : tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>
}

// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @conv(%x: tensor<1x2x2x1xi8>, %w: tensor<2x1x1x1xi8>, %b: tensor<2xi32>) -> tensor<1x2x2x2xi8> {
// CHECK-NEXT:     %q = vpool.kernel "conv2d" ins(%x, %w, %b : tensor<1x2x2x1xi8>, tensor<2x1x1x1xi8>, tensor<2xi32>) -> tensor<1x2x2x2xi8> {
// CHECK-NEXT:     ^bb0(%x_1: tensor<1x2x2x1xi8>, %w_1: tensor<2x1x1x1xi8>, %b_1: tensor<2xi32>):
// CHECK-NEXT:       %a = nn.conv2d %x_1, %w_1, %b_1 : (tensor<1x2x2x1xi8>, tensor<2x1x1x1xi8>, tensor<2xi32>) -> tensor<1x2x2x2xi32>
// CHECK-NEXT:       %q_1 = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 37>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xi8>
// CHECK-NEXT:       vpool.yield %q_1 : tensor<1x2x2x2xi8>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return %q : tensor<1x2x2x2xi8>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @residual(%x: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:     %a = vpool.kernel "softmax" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:     ^bb0(%x_1: tensor<4xf32>):
// CHECK-NEXT:       %a_1 = nn.softmax %x_1 {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %a_1 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     %s = vpool.kernel "add" ins(%x, %a : tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:     ^bb0(%x_1: tensor<4xf32>, %a_1: tensor<4xf32>):
// CHECK-NEXT:       %r = nn.relu %x_1 : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       %n = nn.negate %r : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       %s_1 = nn.add %a_1, %n : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %s_1 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return %s : tensor<4xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @uses(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xf32>) {
// CHECK-NEXT:     %m = vpool.kernel "relu" ins(%x : tensor<4xi8>) -> tensor<4xi8> {
// CHECK-NEXT:     ^bb0(%x_1: tensor<4xi8>):
// CHECK-NEXT:       %m_1 = nn.relu %x_1 : tensor<4xi8> -> tensor<4xi8>
// CHECK-NEXT:       vpool.yield %m_1 : tensor<4xi8>
// CHECK-NEXT:     }
// CHECK-NEXT:     %s = vpool.kernel "softmax" ins(%m : tensor<4xi8>) -> tensor<4xf32> {
// CHECK-NEXT:     ^bb0(%m_1: tensor<4xi8>):
// CHECK-NEXT:       %r = fxp.to_real %m_1 {scale = 5.000000e-01 : f32} : tensor<4xi8> -> tensor<4xf32>
// CHECK-NEXT:       %s_1 = nn.softmax %r {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %s_1 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return %m, %s : tensor<4xi8>, tensor<4xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @returned(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>) {
// CHECK-NEXT:     %r = vpool.kernel "relu" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:     ^bb0(%x_1: tensor<4xf32>):
// CHECK-NEXT:       %r_1 = nn.relu %x_1 : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %r_1 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     %v = nn.reshape %r : tensor<4xf32> -> tensor<2x2xf32>
// CHECK-NEXT:     %0 = vpool.kernel "reshape" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:     ^bb0(%x_1: tensor<4xf32>):
// CHECK-NEXT:       %1 = nn.reshape %x_1 : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %1 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     %1 = vpool.kernel "reshape" ins(%r : tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT:     ^bb0(%r_1: tensor<4xf32>):
// CHECK-NEXT:       %2 = nn.reshape %r_1 : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %2 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return %0, %v, %1 : tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>
// CHECK-NEXT:   }
// CHECK-NEXT: }

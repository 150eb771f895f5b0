// RUN: nnopt-opt %s -p drop-channels --verify-each-semantics random | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x2xi8>) -> tensor<1x1xi32> {
  %w = nn.constant {value = dense<[[1, 0], [0, 1], [1, 1], [0, 0], [1, -1]]> : tensor<5x2xi8>}
      : tensor<5x2xi8>
  %b = nn.constant {value = dense<[1, 2, 3, 64, 5]> : tensor<5xi32>} : tensor<5xi32>
  %a = nn.fully_connected %x, %w, %b
      : (tensor<1x2xi8>, tensor<5x2xi8>, tensor<5xi32>) -> tensor<1x5xi32>
  %h = fxp.requantize %a {
      multiplier = array<i32: 1, 1, 1, 1, 1>, shift = array<i32: 1, 1, 1, 1, 1>,
      rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x5xi32> -> tensor<1x5xi8>
  %v = nn.constant {value = dense<[[1, 2, 3, 4, 5]]> : tensor<1x5xi8>} : tensor<1x5xi8>
  %c = nn.constant {value = dense<10> : tensor<1xi32>} : tensor<1xi32>
  %y = nn.fully_connected %h, %v, %c
      : (tensor<1x5xi8>, tensor<1x5xi8>, tensor<1xi32>) -> tensor<1x1xi32>
  func.return %y : tensor<1x1xi32>
}
// CHECK-LABEL: func.func @main(%x: tensor<1x2xi8>) -> tensor<1x1xi32> {
// CHECK-NEXT:  %w = nn.constant {value = dense<[[1, 0], [0, 1], [1, 1], [1, -1]]> : tensor<4x2xi8>} : tensor<4x2xi8>
// CHECK-NEXT:  %b = nn.constant {value = dense<[1, 2, 3, 5]> : tensor<4xi32>} : tensor<4xi32>
// CHECK-NEXT:  %a = nn.fully_connected %x, %w, %b {nn.kept = array<i64: 0, 1, 2, 4>, nn.channels = 5 : i64} : (tensor<1x2xi8>, tensor<4x2xi8>, tensor<4xi32>) -> tensor<1x4xi32>
// CHECK-NEXT:  %h = fxp.requantize %a {nn.kept = array<i64: 0, 1, 2, 4>, nn.channels = 5 : i64, multiplier = array<i32: 1, 1, 1, 1>, shift = array<i32: 1, 1, 1, 1>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
// CHECK-NEXT:  %v = nn.constant {value = dense<[[1, 2, 3, 5]]> : tensor<1x4xi8>} : tensor<1x4xi8>
// CHECK-NEXT:  %c = nn.constant {value = dense<138> : tensor<1xi32>} : tensor<1xi32>
// CHECK-NEXT:  %y = nn.fully_connected %h, %v, %c : (tensor<1x4xi8>, tensor<1x4xi8>, tensor<1xi32>) -> tensor<1x1xi32>
// CHECK-NEXT:  func.return %y : tensor<1x1xi32>
// CHECK-NEXT:  }

// Channels of a sum go together: that %b is constant in channel 4 does not help.
func.func @sum(%x: tensor<1x2xi8>, %y: tensor<1x5xi8>) -> tensor<1x1xi32> {
  %w = nn.constant {value = dense<[[1, 0], [0, 1], [1, 1], [1, -1], [0, 0]]> : tensor<5x2xi8>} : tensor<5x2xi8>
  %b = nn.constant {value = dense<[1, 2, 3, 64, 5]> : tensor<5xi32>} : tensor<5xi32>
  %a = nn.fully_connected %x, %w, %b : (tensor<1x2xi8>, tensor<5x2xi8>, tensor<5xi32>) -> tensor<1x5xi32>
  %i = fxp.widen %y {zero_point = 0 : i32, multiplier = 1 : i32} : tensor<1x5xi8> -> tensor<1x5xi32>
  %s = nn.add %a, %i : (tensor<1x5xi32>, tensor<1x5xi32>) -> tensor<1x5xi32>
  %h = fxp.requantize %s {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x5xi32> -> tensor<1x5xi8>
  %v = nn.constant {value = dense<[[1, 2, 3, 4, 5]]> : tensor<1x5xi8>} : tensor<1x5xi8>
  %c = nn.constant {value = dense<10> : tensor<1xi32>} : tensor<1xi32>
  %z = nn.fully_connected %h, %v, %c : (tensor<1x5xi8>, tensor<1x5xi8>, tensor<1xi32>) -> tensor<1x1xi32>
  func.return %z : tensor<1x1xi32>
}
// CHECK-LABEL: func.func @sum
// CHECK-NOT: nn.kept

// Channel 4 is multiplied by zero where it is read.
func.func @unread(%x: tensor<1x2xi8>) -> tensor<1x1xi32> {
  %w = nn.constant {value = dense<[[1, 0], [0, 1], [1, 1], [1, -1], [3, 3]]> : tensor<5x2xi8>} : tensor<5x2xi8>
  %b = nn.constant {value = dense<0> : tensor<5xi32>} : tensor<5xi32>
  %a = nn.fully_connected %x, %w, %b : (tensor<1x2xi8>, tensor<5x2xi8>, tensor<5xi32>) -> tensor<1x5xi32>
  %h = fxp.requantize %a {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x5xi32> -> tensor<1x5xi8>
  %v = nn.constant {value = dense<[[1, 2, 3, 4, 0]]> : tensor<1x5xi8>} : tensor<1x5xi8>
  %c = nn.constant {value = dense<10> : tensor<1xi32>} : tensor<1xi32>
  %z = nn.fully_connected %h, %v, %c : (tensor<1x5xi8>, tensor<1x5xi8>, tensor<1xi32>) -> tensor<1x1xi32>
  func.return %z : tensor<1x1xi32>
}
// CHECK-LABEL: func.func @unread
// CHECK: nn.fully_connected %x, %w, %b {nn.kept = array<i64: 0, 1, 2, 3>, nn.channels = 5 : i64}
// CHECK: %c = nn.constant {value = dense<10> : tensor<1xi32>} : tensor<1xi32>

// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstring, by its number.

func.func @f(%x: tensor<2x4xi8>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<256xi32>} : tensor<2x4xi8> -> tensor<8xi8>
  func.return
}
// CHECK: (C1) input shape (2, 4) and result shape (8,) differ

// -----

func.func @f(%x: tensor<4xi32>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<256xi32>} : tensor<4xi32> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) input element type must be one of i8, ui8, i16, got i32

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<256xi32>} : tensor<4xi8> -> tensor<4xf32>
  func.return
}
// CHECK: (C2) result element type must be one of i8, ui8, i16, got f32

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<255xi32>} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C3) table must be tensor<256xi32>, got tensor<255xi32>

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.softmax %x {table = dense<7> : tensor<256xi32>} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C3) the table must start with 2147483647 and have no negative entries, got 7 and 7

// -----

func.func @f(%x: tensor<4096xi8>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<256xi32>} : tensor<4096xi8> -> tensor<4096xi8>
  func.return
}
// CHECK: (C4) the last dimension of [4096] must be 1 to 4095

// -----

func.func @f(%x: tensor<4xi16>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<256xi32>} : tensor<4xi16> -> tensor<4xi8>
  func.return
}
// CHECK: (C3) table must be tensor<512xi32>, got tensor<256xi32>

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<256xi32>, bits = 17 : i32} : tensor<4xi8> -> tensor<4xi16>
  func.return
}
// CHECK: (C5) there must be 1 to 16 bits, got 17

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.softmax %x {table = dense<2147483647> : tensor<256xi32>, zero_point = 200 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C5) zero point 200

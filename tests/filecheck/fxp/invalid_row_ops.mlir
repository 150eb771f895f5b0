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

// -----

func.func @f(%x: tensor<2x4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<2x4xi8> -> tensor<8xi8>
  func.return
}
// CHECK: (C1) input shape (2, 4) and result shape (8,) differ

// -----

func.func @f(%x: tensor<4xi32>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi32> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) input element type must be one of i8, ui8, i16, got i32

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xf32>
  func.return
}
// CHECK: (C2) result element type must be one of i8, ui8, i16, got f32

// -----

func.func @f(%x: tensor<5xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<5xi8> -> tensor<5xi8>
  func.return
}
// CHECK: (C3) gains must be tensor<5xi32>, got tensor<4xi32>

// -----

func.func @f(%x: tensor<4097xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4097xi8> -> tensor<4097xi8>
  func.return
}
// CHECK: (C3) the last dimension of [4097] must be 1 to 4096

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 0 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C4) its numbers do not fit

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 15 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C4) its numbers do not fit

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 48 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C4) its numbers do not fit

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 31 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C4) its numbers do not fit

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 0 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C4) its numbers do not fit

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<2147483647> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C4) its numbers do not fit

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 0 : i32, zero_point = -3 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C5) there must be 1 to 30 bits, got 0

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = 200 : i32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C6) zero point 200

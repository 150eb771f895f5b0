// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstring, by its number.

func.func @f(%x: tensor<2x4xi16>) {
  %y = fxp.interpolate %x {table = dense<7> : tensor<65xi16>} : tensor<2x4xi16> -> tensor<8xi16>
  func.return
}
// CHECK: (C1) input shape (2, 4) and result shape (8,) differ

// -----

func.func @f(%x: tensor<4xi8>) {
  %y = fxp.interpolate %x {table = dense<7> : tensor<65xi16>} : tensor<4xi8> -> tensor<4xi16>
  func.return
}
// CHECK: (C2) input element type must be one of i16, got i8

// -----

func.func @f(%x: tensor<4xi16>) {
  %y = fxp.interpolate %x {table = dense<7> : tensor<65xi16>} : tensor<4xi16> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) result element type must be one of i16, got i8

// -----

func.func @f(%x: tensor<4xi16>) {
  %y = fxp.interpolate %x {table = dense<7> : tensor<64xi16>} : tensor<4xi16> -> tensor<4xi16>
  func.return
}
// CHECK: (C3) the table must have 2**k + 1 elements of i16 or i32, got tensor<64xi16>

// -----

func.func @f(%x: tensor<4xi16>) {
  %y = fxp.interpolate %x {table = dense<-524289> : tensor<65xi32>} : tensor<4xi16> -> tensor<4xi16>
  func.return
}
// CHECK: (C4) an entry has the magnitude 524289, above 524288

// -----

func.func @f(%x: tensor<4xi16>) {
  %y = fxp.interpolate %x {table = dense<7> : tensor<65xi16>, left = 11 : i32} : tensor<4xi16> -> tensor<4xi16>
  func.return
}
// CHECK: (C5) left must be 0 to 10, got 11

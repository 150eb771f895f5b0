// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: tensor<1x4xf32>) {
  %q = fxp.quantize %x : tensor<1x4xf32> -> tensor<4x!fxp.fixed<i8, 5>>
  func.return
}
// CHECK: (C1) input shape (1, 4) and result shape (4,) differ

// -----

func.func @f(%x: tensor<?xf32>) {
  %q = fxp.quantize %x : tensor<?xf32> -> tensor<?x!fxp.fixed<i8, 5>>
  func.return
}
// CHECK: (C1) the shape must be static

// -----

func.func @f(%x: tensor<4xi32>) {
  %q = fxp.quantize %x : tensor<4xi32> -> tensor<4x!fxp.fixed<i8, 5>>
  func.return
}
// CHECK: (C2) expected f32 -> fxp type, got i32 -> !fxp.fixed<i8, 5>

// -----

func.func @f(%x: tensor<4xf32>) {
  %q = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8:0, {0.1:0, 0.2:0}>>
  func.return
}
// CHECK: (C3) 2 scales along axis 0, which has size 4

// -----

func.func @f(%x: tensor<4xf32>) {
  %q = fxp.quantize %x : tensor<4xf32> -> tensor<4x!fxp.affine<i8:1, {0.1:0}>>
  func.return
}
// CHECK: (C3) axis 1 of !fxp.affine<i8:1, {0.1:0}> in a tensor of rank 1

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.dequantize %x : tensor<4xi8> -> tensor<4xf32>
  func.return
}
// CHECK: (C2) expected fxp type -> f32, got i8 -> f32

// -----

func.func @f(%x: tensor<4x!fxp.affine<i8:0, {0.1:0, 0.2:0}>>) {
  %q = fxp.dequantize %x : tensor<4x!fxp.affine<i8:0, {0.1:0, 0.2:0}>> -> tensor<4xf32>
  func.return
}
// CHECK: (C3) 2 scales along axis 0, which has size 4

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.storage_cast %x : tensor<4xi8> -> tensor<4xui8>
  func.return
}
// CHECK: (C2) expected an fxp type and its storage, got i8 and ui8

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.storage_cast %x : tensor<4xi8> -> tensor<4x!fxp.fixed<i16, 5>>
  func.return
}
// CHECK: (C2) expected an fxp type and its storage, got i8 and !fxp.fixed<i16, 5>

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.storage_cast %x : tensor<4xi8> -> tensor<4x!fxp.affine<i8:0, {0.1:0}>>
  func.return
}
// CHECK: (C3) 1 scales along axis 0, which has size 4

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.from_real %x {scale = 0.5 : f32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) input element type must be f32, got i8

// -----

func.func @f(%x: tensor<4xf32>) {
  %q = fxp.from_real %x {scale = 0.5 : f32} : tensor<4xf32> -> tensor<4xi32>
  func.return
}
// CHECK: (C2) result element type must be one of i8, ui8, i16, ui16, got i32

// -----

func.func @f(%x: tensor<4xf32>) {
  %q = fxp.from_real %x {scale = -0.5 : f32} : tensor<4xf32> -> tensor<4xi8>
  func.return
}
// CHECK: (C3) scale must be finite and positive, got -0.5

// -----

func.func @f(%x: tensor<4xf32>) {
  %q = fxp.from_real %x {scale = 0.5 : f32, zero_point = 200 : i32} : tensor<4xf32> -> tensor<4xi8>
  func.return
}
// CHECK: (C4) zero point 200 does not fit in i8: -128..127

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.to_real %x {scale = 0.5 : f32} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) result element type must be f32, got i8

// -----

func.func @f(%x: tensor<4xf32>) {
  %q = fxp.to_real %x {scale = 0.5 : f32} : tensor<4xf32> -> tensor<4xf32>
  func.return
}
// CHECK: (C2) input element type must be one of i8, ui8, i16, ui16, i32, got f32

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.to_real %x {scale = 0.0 : f32} : tensor<4xi8> -> tensor<4xf32>
  func.return
}
// CHECK: (C3) scale must be finite and positive, got 0.0

// -----

func.func @f(%x: tensor<4xui8>) {
  %q = fxp.to_real %x {scale = 0.5 : f32, zero_point = -1 : i32} : tensor<4xui8> -> tensor<4xf32>
  func.return
}
// CHECK: (C4) zero point -1 does not fit in ui8: 0..255

// -----

func.func @f(%x: tensor<4xi32>) {
  %q = fxp.to_real %x {scale = 0.5 : f32, zero_point = 1 : i32} : tensor<4xi32> -> tensor<4xf32>
  func.return
}
// CHECK: (C4) the zero point of i32 must be 0

// -----

func.func @f(%x: tensor<4xi32>) {
  %q = fxp.widen %x : tensor<4xi32> -> tensor<4xi32>
  func.return
}
// CHECK: (C2) input element type must be one of i8, ui8, i16, ui16, got i32

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.widen %x : tensor<4xi8> -> tensor<4xi16>
  func.return
}
// CHECK: (C2) result element type must be one of i32, got i16

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.widen %x {multiplier = 16777216 : i32, zero_point = -1 : i32} : tensor<4xi8> -> tensor<4xi32>
  func.return
}
// CHECK: (C3) results reach -2130706432..2147483648: beyond 32 bits

// -----

func.func @f(%x: tensor<1x4xf32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x4xf32> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C2) input element type must be one of i8, ui8, i16, ui16, i32, i64, got f32

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi64>
  func.return
}
// CHECK: (C2) result element type must be one of i8, ui8, i16, ui16, i32, got i64

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1, 2>, shift = array<i32: 1, 2>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C3) 2 multipliers and 2 shifts for 4 channels

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 1, 1, 1, 1>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C3) 1 multipliers and 4 shifts for 4 channels

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: -1>, shift = array<i32: 1>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C4) multiplier -1 is negative

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 63>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C4) shifts must be in 0..62, got [63]

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "up", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C5) rounding must be one of half_even, half_up, half_away, double, got up

// -----

func.func @f(%x: tensor<1x4xi64>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "double", min = -128 : i32, max = 127 : i32} : tensor<1x4xi64> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C5) rounding double takes accumulators of 32 bits, not i64

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_even", min = -128 : i32, max = -129 : i32} : tensor<1x4xi32> -> tensor<1x4xi8>
  func.return
}
// CHECK: (C6) min -128 is greater than max -129

// -----

func.func @f(%x: tensor<1x4xi32>) {
  %q = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 1>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x4xi32> -> tensor<1x4xui8>
  func.return
}
// CHECK: (C6) min -128 does not fit in ui8: 0..255

// -----

func.func @f(%x: tensor<4xi16>) {
  %q = fxp.lookup %x {table = dense<0> : tensor<256xi8>} : tensor<4xi16> -> tensor<4xi8>
  func.return
}
// CHECK: (C2) input element type must be one of i8, ui8, got i16

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.lookup %x {table = dense<0> : tensor<256xi64>} : tensor<4xi8> -> tensor<4xi64>
  func.return
}
// CHECK: (C2) result element type must be one of i8, ui8, i16, ui16, i32, got i64

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.lookup %x {table = dense<0> : tensor<255xi8>} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C3) table must be tensor<256xi8>, got tensor<255xi8>

// -----

func.func @f(%x: tensor<4xi8>) {
  %q = fxp.lookup %x {table = dense<0> : tensor<256xui8>} : tensor<4xi8> -> tensor<4xi8>
  func.return
}
// CHECK: (C3) table must be tensor<256xi8>, got tensor<256xui8>

// -----

func.func @f(%x: tensor<4xf32>) {
  %q = fxp.from_real %x {scale = 0.5 : f32, rounding = "double"} : tensor<4xf32> -> tensor<4xi8>
  func.return
}
// CHECK: (C5) rounding must be one of half_even, half_away, got double

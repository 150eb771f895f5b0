// RUN: nnopt-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: @storage_cast_of_storage_cast
// CHECK-NEXT:    func.return %x : tensor<4xi8>
func.func @storage_cast_of_storage_cast(%x: tensor<4xi8>) -> tensor<4xi8> {
  %0 = fxp.storage_cast %x : tensor<4xi8> -> tensor<4x!fxp.fixed<i8, 5>>
  %1 = fxp.storage_cast %0 : tensor<4x!fxp.fixed<i8, 5>> -> tensor<4xi8>
  func.return %1 : tensor<4xi8>
}

// Another scale is another number: both casts stay.
// CHECK-LABEL: @reinterpretation_stays
// CHECK-COUNT-2: fxp.storage_cast
func.func @reinterpretation_stays(%x: tensor<4x!fxp.fixed<i8, 5>>) -> tensor<4x!fxp.fixed<i8, 4>> {
  %0 = fxp.storage_cast %x : tensor<4x!fxp.fixed<i8, 5>> -> tensor<4xi8>
  %1 = fxp.storage_cast %0 : tensor<4xi8> -> tensor<4x!fxp.fixed<i8, 4>>
  func.return %1 : tensor<4x!fxp.fixed<i8, 4>>
}

// CHECK-LABEL: @requantize_identity
// CHECK-NEXT:    func.return %x : tensor<1x2xi8>
func.func @requantize_identity(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
  %0 = fxp.requantize %x {input_zero_point = 3 : i32, multiplier = array<i32: 1073741824, 1>, shift = array<i32: 30, 0>, zero_point = 3 : i32, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
  func.return %0 : tensor<1x2xi8>
}

// A clamp, a moved zero point or another type is no identity.
// CHECK-LABEL: @requantize_stays
// CHECK-COUNT-3: fxp.requantize
func.func @requantize_stays(%x: tensor<1x2xi8>) -> (tensor<1x2xi8>, tensor<1x2xi8>, tensor<1x2xi16>) {
  %0 = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 0>, rounding = "half_even", min = 0 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
  %1 = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 0>, zero_point = 1 : i32, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
  %2 = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 0>, rounding = "half_even", min = -32768 : i32, max = 32767 : i32} : tensor<1x2xi8> -> tensor<1x2xi16>
  func.return %0, %1, %2 : tensor<1x2xi8>, tensor<1x2xi8>, tensor<1x2xi16>
}

// CHECK-LABEL: @equal_channels_are_one
// CHECK-NEXT:    fxp.requantize %x {multiplier = array<i32: 3>, shift = array<i32: 9>, zero_point = 4 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32}
func.func @equal_channels_are_one(%x: tensor<1x2xi32>) -> tensor<1x2xi8> {
  %0 = fxp.requantize %x {multiplier = array<i32: 3, 3>, shift = array<i32: 9, 9>, zero_point = 4 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi32> -> tensor<1x2xi8>
  func.return %0 : tensor<1x2xi8>
}

// CHECK-LABEL: @lookup_of_lookup
// CHECK-NEXT:    fxp.lookup %x {table = dense<9> : tensor<256xui8>} : tensor<4xi8> -> tensor<4xui8>
func.func @lookup_of_lookup(%x: tensor<4xi8>) -> tensor<4xui8> {
  %0 = fxp.lookup %x {table = dense<-5> : tensor<256xi8>} : tensor<4xi8> -> tensor<4xi8>
  %1 = fxp.lookup %0 {table = dense<9> : tensor<256xui8>} : tensor<4xi8> -> tensor<4xui8>
  func.return %1 : tensor<4xui8>
}

// CHECK-LABEL: @saturate_of_saturate
// CHECK-NEXT:    fxp.saturate %x {min = -5 : i32, max = 127 : i32} : i64
func.func @saturate_of_saturate(%x: i64) -> i32 {
  %0 = fxp.saturate %x {min = -128 : i32, max = 127 : i32} : i64
  %1 = fxp.saturate %0 {min = -5 : i32, max = 300 : i32} : i32
  func.return %1 : i32
}

// CHECK-LABEL: @saturate_to_full_range
// CHECK-NEXT:    func.return %x : i32
func.func @saturate_to_full_range(%x: i32) -> i32 {
  %0 = fxp.saturate %x {min = -2147483648 : i32, max = 2147483647 : i32} : i32
  func.return %0 : i32
}

// Ranges without overlap have a constant result, which the second op already says.
// CHECK-LABEL: @disjoint_saturates_stay
// CHECK-COUNT-2: fxp.saturate
func.func @disjoint_saturates_stay(%x: i32) -> i32 {
  %0 = fxp.saturate %x {min = 10 : i32, max = 20 : i32} : i32
  %1 = fxp.saturate %0 {min = 30 : i32, max = 40 : i32} : i32
  func.return %1 : i32
}

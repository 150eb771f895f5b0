// RUN: nnopt-opt %s -p uniform-shifts --verify-each-semantics random | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
  %y = fxp.requantize %x {multiplier = array<i32: 1717986919, 1288490189>,
      shift = array<i32: 34, 35>, rounding = "half_up", min = -128 : i32, max = 127 : i32}
      : tensor<1x2xi8> -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}

// Channel 1 is 3 / 8 rounded half up: no multiplier over 4 steps at the same accumulators.
func.func @steps(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
  %y = fxp.requantize %x {multiplier = array<i32: 1, 3>, shift = array<i32: 2, 3>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}

// Channel 1 is always zero, with any shift.
func.func @constant(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
  %y = fxp.requantize %x {multiplier = array<i32: 1, 1>, shift = array<i32: 1, 40>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}

// CHECK-LABEL: func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
// CHECK-NEXT:  %y = fxp.requantize %x {multiplier = array<i32: 1717986919, 644245095>, shift = array<i32: 34, 34>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %y : tensor<1x2xi8>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func @steps(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
// CHECK-NEXT:  %y = fxp.requantize %x {multiplier = array<i32: 1, 3>, shift = array<i32: 2, 3>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %y : tensor<1x2xi8>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func @constant(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
// CHECK-NEXT:  %y = fxp.requantize %x {multiplier = array<i32: 1, 0>, shift = array<i32: 1, 1>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %y : tensor<1x2xi8>
// CHECK-NEXT:  }

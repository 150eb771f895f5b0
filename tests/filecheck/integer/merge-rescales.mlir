// RUN: nnopt-opt %s -p merge-rescales --verify-each-semantics random | filecheck %s

// The example of the documentation.
func.func @main(%a: tensor<4xi8>, %b: tensor<4xi8>) -> tensor<4xi8> {
  %0 = fxp.widen %a {zero_point = 3 : i32, multiplier = 1048576 : i32}
      : tensor<4xi8> -> tensor<4xi32>
  %1 = fxp.requantize %0 {multiplier = array<i32: 1073741824>, shift = array<i32: 31>,
                          rounding = "double", min = -68681728 : i32, max = 65011712 : i32}
      : tensor<4xi32> -> tensor<4xi32>
  %2 = fxp.widen %b {multiplier = 1048576 : i32} : tensor<4xi8> -> tensor<4xi32>
  %3 = fxp.requantize %2 {multiplier = array<i32: 1288490189>, shift = array<i32: 32>,
                          rounding = "double", min = -40265319 : i32, max = 39950746 : i32}
      : tensor<4xi32> -> tensor<4xi32>
  %4 = nn.add %1, %3 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %y = fxp.requantize %4 {multiplier = array<i32: 1717986918>, shift = array<i32: 50>,
                          rounding = "double", min = -128 : i32, max = 127 : i32}
      : tensor<4xi32> -> tensor<4xi8>
  func.return %y : tensor<4xi8>
}
// CHECK-LABEL: func.func @main(
// CHECK-NEXT:  %[[A:.*]] = fxp.widen %a {zero_point = 3 : i32, multiplier = 3355443 : i32} : tensor<4xi8> -> tensor<4xi32>
// CHECK-NEXT:  %[[B:.*]] = fxp.widen %b {multiplier = 2013266 : i32} : tensor<4xi8> -> tensor<4xi32>
// CHECK-NEXT:  %[[SUM:.*]] = nn.add %[[A]], %[[B]] : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
// CHECK-NEXT:  %[[Y:.*]] = fxp.requantize %[[SUM]] {multiplier = array<i32: 1>, shift = array<i32: 22>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<4xi32> -> tensor<4xi8>
// CHECK-NEXT:  func.return %[[Y]] : tensor<4xi8>

// The sum of two such terms is used twice: nothing is gained.
func.func @shared(%a: tensor<4xi8>, %b: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xi32>) {
  %0 = fxp.widen %a {multiplier = 1048576 : i32} : tensor<4xi8> -> tensor<4xi32>
  %1 = fxp.requantize %0 {multiplier = array<i32: 1073741824>, shift = array<i32: 31>, rounding = "double", min = -99999999 : i32, max = 99999999 : i32} : tensor<4xi32> -> tensor<4xi32>
  %2 = fxp.widen %b {multiplier = 1048576 : i32} : tensor<4xi8> -> tensor<4xi32>
  %3 = fxp.requantize %2 {multiplier = array<i32: 1073741824>, shift = array<i32: 31>, rounding = "double", min = -99999999 : i32, max = 99999999 : i32} : tensor<4xi32> -> tensor<4xi32>
  %4 = nn.add %1, %3 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %y = fxp.requantize %4 {multiplier = array<i32: 1717986918>, shift = array<i32: 50>, rounding = "double", min = -128 : i32, max = 127 : i32} : tensor<4xi32> -> tensor<4xi8>
  func.return %y, %4 : tensor<4xi8>, tensor<4xi32>
}
// CHECK-LABEL: func.func @shared(
// CHECK-COUNT-3: rounding = "double"

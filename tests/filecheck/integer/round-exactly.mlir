// RUN: nnopt-opt %s -p round-exactly | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
  %y = fxp.requantize %x {multiplier = array<i32: 1717986919>, shift = array<i32: 34>,
                          rounding = "half_even", min = -128 : i32, max = 127 : i32}
      : tensor<1x2xi8> -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}
// CHECK-LABEL: func.func @main(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
// CHECK-NEXT:  %y = fxp.requantize %x {multiplier = array<i32: 1717986919>, shift = array<i32: 34>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %y : tensor<1x2xi8>
// CHECK-NEXT:  }

// Accumulators of 8 bits reach a tie of multiplier 3 and shift 3: 4 * 3 / 8 = 1.5.
func.func @ties(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
  %y = fxp.requantize %x {multiplier = array<i32: 3>, shift = array<i32: 3>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
  func.return %y : tensor<1x2xi8>
}
// CHECK-LABEL: func.func @ties(%x: tensor<1x2xi8>) -> tensor<1x2xi8> {
// CHECK-NEXT:  %y = fxp.requantize %x {multiplier = array<i32: 3>, shift = array<i32: 3>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
// CHECK-NEXT:  func.return %y : tensor<1x2xi8>
// CHECK-NEXT:  }

// The weights bound the accumulator of this layer to -6..6: no tie of multiplier 1 and shift 4.
func.func @bounded(%x: tensor<1x2xi8>) -> tensor<1x1xi8> {
  %0 = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 0>, rounding = "half_even", min = -1 : i32, max = 1 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
  %w = nn.constant {value = dense<3> : tensor<1x2xi8>} : tensor<1x2xi8>
  %b = nn.constant {value = dense<0> : tensor<1xi32>} : tensor<1xi32>
  %a = nn.fully_connected %0, %w, %b : (tensor<1x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1xi32>
  %y = fxp.requantize %a {multiplier = array<i32: 1>, shift = array<i32: 4>, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x1xi32> -> tensor<1x1xi8>
  func.return %y : tensor<1x1xi8>
}
// CHECK-LABEL: func.func @bounded(%x: tensor<1x2xi8>) -> tensor<1x1xi8> {
// CHECK-NEXT:  %0 = fxp.requantize %x {multiplier = array<i32: 1>, shift = array<i32: 0>, rounding = "half_up", min = -1 : i32, max = 1 : i32} : tensor<1x2xi8> -> tensor<1x2xi8>
// CHECK-NEXT:  %w = nn.constant {value = dense<3> : tensor<1x2xi8>} : tensor<1x2xi8>
// CHECK-NEXT:  %b = nn.constant {value = dense<0> : tensor<1xi32>} : tensor<1xi32>
// CHECK-NEXT:  %a = nn.fully_connected %0, %w, %b : (tensor<1x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<1x1xi32>
// CHECK-NEXT:  %y = fxp.requantize %a {multiplier = array<i32: 1>, shift = array<i32: 4>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x1xi32> -> tensor<1x1xi8>
// CHECK-NEXT:  func.return %y : tensor<1x1xi8>
// CHECK-NEXT:  }

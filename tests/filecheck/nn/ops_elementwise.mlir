// RUN: nnopt-opt %s | nnopt-opt | filecheck %s
// RUN: nnopt-opt %s --print-op-generic | nnopt-opt | filecheck %s

// CHECK-LABEL: func.func @binary(
// CHECK-NEXT:    %y0 = nn.add %a, %b {act_min = 0.000000e+00 : f32} : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y1 = nn.sub %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y2 = nn.mul %i, %i : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
// CHECK-NEXT:    %y3 = nn.div %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y4 = nn.maximum %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y5 = nn.minimum %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y6 = nn.pow %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y7 = nn.prelu %a, %a : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
func.func @binary(%a: tensor<4x1xf32>, %b: tensor<3xf32>, %i: tensor<2xi32>) {
  %y0 = nn.add %a, %b {act_min = 0.0 : f32} : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y1 = nn.sub %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y2 = nn.mul %i, %i : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  %y3 = nn.div %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y4 = nn.maximum %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y5 = nn.minimum %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y6 = nn.pow %a, %b : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y7 = nn.prelu %a, %a : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
  func.return
}

// CHECK-LABEL: func.func @unary(
// CHECK-NEXT:    %y0 = nn.relu %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y1 = nn.clamp %x {min = -5.000000e-01 : f32, max = 5.000000e-01 : f32} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y2 = nn.leaky_relu %x {alpha = 1.250000e-01 : f32} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y3 = nn.sigmoid %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y4 = nn.hard_sigmoid %x {alpha = 2.500000e-01 : f32, beta = 5.000000e-01 : f32} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y5 = nn.hard_swish %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y6 = nn.tanh %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y7 = nn.exp %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y8 = nn.log %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y9 = nn.sqrt %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y10 = nn.reciprocal %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y11 = nn.negate %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y12 = nn.erf %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y13 = nn.gelu %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y14 = nn.floor %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y15 = nn.ceil %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y16 = nn.cast %x : tensor<4xf32> -> tensor<4xi32>
func.func @unary(%x: tensor<4xf32>) {
  %y0 = nn.relu %x : tensor<4xf32> -> tensor<4xf32>
  %y1 = nn.clamp %x {min = -0.5 : f32, max = 0.5 : f32} : tensor<4xf32> -> tensor<4xf32>
  %y2 = nn.leaky_relu %x {alpha = 0.125 : f32} : tensor<4xf32> -> tensor<4xf32>
  %y3 = nn.sigmoid %x : tensor<4xf32> -> tensor<4xf32>
  %y4 = nn.hard_sigmoid %x {alpha = 0.25 : f32, beta = 0.5 : f32} : tensor<4xf32> -> tensor<4xf32>
  %y5 = nn.hard_swish %x : tensor<4xf32> -> tensor<4xf32>
  %y6 = nn.tanh %x : tensor<4xf32> -> tensor<4xf32>
  %y7 = nn.exp %x : tensor<4xf32> -> tensor<4xf32>
  %y8 = nn.log %x : tensor<4xf32> -> tensor<4xf32>
  %y9 = nn.sqrt %x : tensor<4xf32> -> tensor<4xf32>
  %y10 = nn.reciprocal %x : tensor<4xf32> -> tensor<4xf32>
  %y11 = nn.negate %x : tensor<4xf32> -> tensor<4xf32>
  %y12 = nn.erf %x : tensor<4xf32> -> tensor<4xf32>
  %y13 = nn.gelu %x : tensor<4xf32> -> tensor<4xf32>
  %y14 = nn.floor %x : tensor<4xf32> -> tensor<4xf32>
  %y15 = nn.ceil %x : tensor<4xf32> -> tensor<4xf32>
  %y16 = nn.cast %x : tensor<4xf32> -> tensor<4xi32>
  func.return
}

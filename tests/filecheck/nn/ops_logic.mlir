// RUN: nnopt-opt %s | nnopt-opt | filecheck %s
// RUN: nnopt-opt %s --print-op-generic | nnopt-opt | filecheck %s

// CHECK-LABEL: func.func @logic(
// CHECK-NEXT:    %y0 = nn.compare %a, %b {predicate = "lt"} : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xi1>
// CHECK-NEXT:    %y1 = nn.where %y0, %a, %b : (tensor<4x3xi1>, tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y2 = nn.bitwise %y0, %y0 {kind = "xor"} : (tensor<4x3xi1>, tensor<4x3xi1>) -> tensor<4x3xi1>
// CHECK-NEXT:    %y3 = nn.shift %u, %u {direction = "left"} : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
// CHECK-NEXT:    %y4 = nn.remainder %a, %b {truncated = true} : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:    %y5 = nn.remainder %u, %u : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
func.func @logic(%a: tensor<4x1xf32>, %b: tensor<3xf32>, %u: tensor<2xui8>) {
  %y0 = nn.compare %a, %b {predicate = "lt"} : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xi1>
  %y1 = nn.where %y0, %a, %b : (tensor<4x3xi1>, tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y2 = nn.bitwise %y0, %y0 {kind = "xor"} : (tensor<4x3xi1>, tensor<4x3xi1>) -> tensor<4x3xi1>
  %y3 = nn.shift %u, %u {direction = "left"} : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %y4 = nn.remainder %a, %b {truncated = true} : (tensor<4x1xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %y5 = nn.remainder %u, %u : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  func.return
}

// CHECK-LABEL: func.func @indexing(
// CHECK-NEXT:    %y0 = nn.gather %x, %i {axis = 1 : i64} : (tensor<2x8xf32>, tensor<3x1xi64>) -> tensor<2x3x1xf32>
// CHECK-NEXT:    %y1 = nn.scatter %x, %j, %u {kind = "add"} : (tensor<2x8xf32>, tensor<3xi64>, tensor<3x8xf32>) -> tensor<2x8xf32>
// CHECK-NEXT:    %y2 = nn.arg_extreme %x {kind = "max", axis = 1 : i64, last = true} : tensor<2x8xf32> -> tensor<2x1xi64>
func.func @indexing(%x: tensor<2x8xf32>, %i: tensor<3x1xi64>, %j: tensor<3xi64>, %u: tensor<3x8xf32>) {
  %y0 = nn.gather %x, %i {axis = 1 : i64} : (tensor<2x8xf32>, tensor<3x1xi64>) -> tensor<2x3x1xf32>
  %y1 = nn.scatter %x, %j, %u {kind = "add"} : (tensor<2x8xf32>, tensor<3xi64>, tensor<3x8xf32>) -> tensor<2x8xf32>
  %y2 = nn.arg_extreme %x {kind = "max", axis = 1 : i64, last = true} : tensor<2x8xf32> -> tensor<2x1xi64>
  func.return
}

// CHECK-LABEL: func.func @unary(
// CHECK-NEXT:    %y0 = nn.round %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y1 = nn.sin %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y2 = nn.cos %x : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %y3 = nn.atan %x : tensor<4xf32> -> tensor<4xf32>
func.func @unary(%x: tensor<4xf32>) {
  %y0 = nn.round %x : tensor<4xf32> -> tensor<4xf32>
  %y1 = nn.sin %x : tensor<4xf32> -> tensor<4xf32>
  %y2 = nn.cos %x : tensor<4xf32> -> tensor<4xf32>
  %y3 = nn.atan %x : tensor<4xf32> -> tensor<4xf32>
  func.return
}

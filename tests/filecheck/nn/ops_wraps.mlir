// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

func.func @main(%a: tensor<4xi32>, %b: tensor<4xui8>) -> (tensor<4xi32>, tensor<1xui8>) {
  // CHECK: nn.mul %a, %a {wraps} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %y = nn.mul %a, %a {wraps} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  // CHECK: nn.reduce %b {kind = "prod", axes = array<i64: 0>, wraps} : tensor<4xui8> -> tensor<1xui8>
  %z = nn.reduce %b {kind = "prod", axes = array<i64: 0>, wraps} : tensor<4xui8> -> tensor<1xui8>
  func.return %y, %z : tensor<4xi32>, tensor<1xui8>
}

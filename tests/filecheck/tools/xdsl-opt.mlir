// Plain xdsl-opt knows the dialects and passes of this project through its entry point.

// RUN: xdsl-opt %s -p canonicalize-graph | filecheck %s

// CHECK: func.func @main
// CHECK: nn.relu
func.func @main(%x : tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = nn.relu %x : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return %y : tensor<2x3xf32>
}

// RUN: nnopt-opt %s -p canonicalize | filecheck %s
// RUN: nnopt-opt %s -p cse | filecheck %s --check-prefix=CSE

// Operations of a network have no effects: what nobody uses vanishes, what is said twice is said
// once. Rewrites that know mathematics are in the pass canonicalize-graph.

// CHECK-LABEL: func.func @unused(
// CHECK-NEXT:    func.return
func.func @unused(%x: tensor<1x4x4x2xf32>, %w: tensor<2x3xf32>) {
  %c = nn.constant {value = dense<1.0> : tensor<2xf32>} : tensor<2xf32>
  %0 = nn.add %x, %c : (tensor<1x4x4x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.relu %0 : tensor<1x4x4x2xf32> -> tensor<1x4x4x2xf32>
  %2 = nn.max_pool2d %1 {kernel = array<i64: 2, 2>} : tensor<1x4x4x2xf32> -> tensor<1x3x3x2xf32>
  %3 = nn.reduce %2 {kind = "mean", axes = array<i64: 1, 2>} : tensor<1x3x3x2xf32> -> tensor<1x1x1x2xf32>
  %4 = nn.reshape %3 : tensor<1x1x1x2xf32> -> tensor<1x2xf32>
  %5 = nn.matmul %4, %w : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  func.return
}

// CHECK-LABEL: func.func @twice(
// CSE-LABEL: func.func @twice(
// CSE-NEXT:    %0 = nn.sigmoid %x : tensor<4xf32> -> tensor<4xf32>
// CSE-NEXT:    %1 = nn.clamp %0 {min = 0.000000e+00 : f32, max = 5.000000e-01 : f32} : tensor<4xf32> -> tensor<4xf32>
// CSE-NEXT:    %2 = nn.clamp %0 {min = 0.000000e+00 : f32, max = 2.500000e-01 : f32} : tensor<4xf32> -> tensor<4xf32>
// CSE-NEXT:    func.return %1, %2 :
func.func @twice(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = nn.sigmoid %x : tensor<4xf32> -> tensor<4xf32>
  %1 = nn.sigmoid %x : tensor<4xf32> -> tensor<4xf32>
  %2 = nn.clamp %0 {min = 0.0 : f32, max = 0.5 : f32} : tensor<4xf32> -> tensor<4xf32>
  %3 = nn.clamp %1 {min = 0.0 : f32, max = 0.25 : f32} : tensor<4xf32> -> tensor<4xf32>
  func.return %2, %3 : tensor<4xf32>, tensor<4xf32>
}

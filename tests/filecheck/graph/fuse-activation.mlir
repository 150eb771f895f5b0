// RUN: nnopt-opt %s -p fuse-activation | filecheck %s
// RUN: nnopt-opt %s -p fuse-activation,fuse-activation | filecheck %s

// The example of the documentation.
func.func @relu(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %sum = nn.add %x, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %relu = nn.relu %sum : tensor<1x4xf32> -> tensor<1x4xf32>
  func.return %relu : tensor<1x4xf32>
}
// CHECK-LABEL: func.func @relu(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
// CHECK-NEXT:    %sum = nn.add %x, %y {act_min = 0.000000e+00 : f32} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT:    func.return %sum : tensor<1x4xf32>
// CHECK-NEXT: }

// Two clamps in a row: the second limits what the first lets pass.
func.func @twice(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %product = nn.mul %x, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %relu = nn.relu %product : tensor<1x4xf32> -> tensor<1x4xf32>
  %six = nn.clamp %relu {min = -1.0 : f32, max = 6.0 : f32} : tensor<1x4xf32> -> tensor<1x4xf32>
  func.return %six : tensor<1x4xf32>
}
// CHECK-LABEL: func.func @twice(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
// CHECK-NEXT:    %product = nn.mul %x, %y {act_min = 0.000000e+00 : f32, act_max = 6.000000e+00 : f32} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT:    func.return %product : tensor<1x4xf32>
// CHECK-NEXT: }

// Somebody needs the sum as it is.
func.func @other_user(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %sum = nn.add %x, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %relu = nn.relu %sum : tensor<1x4xf32> -> tensor<1x4xf32>
  func.return %sum, %relu : tensor<1x4xf32>, tensor<1x4xf32>
}
// CHECK-LABEL: func.func @other_user(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
// CHECK-NEXT:    %sum = nn.add %x, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT:    %relu = nn.relu %sum : tensor<1x4xf32> -> tensor<1x4xf32>
// CHECK-NEXT:    func.return %sum, %relu : tensor<1x4xf32>, tensor<1x4xf32>
// CHECK-NEXT: }

// Quantized: only where the clamp keeps the encoding.
func.func @quantized(%x: tensor<4x!fxp.affine<i8, 0.5:0>>) -> (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:-128>>) {
  %a = nn.add %x, %x : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.5:0>>) -> tensor<4x!fxp.affine<i8, 0.5:0>>
  %same = nn.relu %a : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<4x!fxp.affine<i8, 0.5:0>>
  %b = nn.mul %x, %x : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.5:0>>) -> tensor<4x!fxp.affine<i8, 0.5:0>>
  %other = nn.relu %b : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<4x!fxp.affine<i8, 0.25:-128>>
  func.return %same, %other : tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:-128>>
}
// CHECK-LABEL: func.func @quantized(%x: tensor<4x!fxp.affine<i8, 0.5:0>>) -> (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:-128>>) {
// CHECK-NEXT:    %a = nn.add %x, %x {act_min = 0.000000e+00 : f32} : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.5:0>>) -> tensor<4x!fxp.affine<i8, 0.5:0>>
// CHECK-NEXT:    %b = nn.mul %x, %x : (tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.5:0>>) -> tensor<4x!fxp.affine<i8, 0.5:0>>
// CHECK-NEXT:    %other = nn.relu %b : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<4x!fxp.affine<i8, 0.25:-128>>
// CHECK-NEXT:    func.return %a, %other : tensor<4x!fxp.affine<i8, 0.5:0>>, tensor<4x!fxp.affine<i8, 0.25:-128>>
// CHECK-NEXT: }

// Clamping before a maximum is the same as after it.
func.func @pooled(%x: tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32> {
  %sum = nn.add %x, %x : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %pool = nn.max_pool2d %sum {kernel = array<i64: 2, 2>} : tensor<1x2x2x1xf32> -> tensor<1x1x1x1xf32>
  %relu = nn.relu %pool : tensor<1x1x1x1xf32> -> tensor<1x1x1x1xf32>
  func.return %relu : tensor<1x1x1x1xf32>
}
// CHECK-LABEL: func.func @pooled(%x: tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32> {
// CHECK-NEXT:    %sum = nn.add %x, %x {act_min = 0.000000e+00 : f32} : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
// CHECK-NEXT:    %pool = nn.max_pool2d %sum {kernel = array<i64: 2, 2>} : tensor<1x2x2x1xf32> -> tensor<1x1x1x1xf32>
// CHECK-NEXT:    func.return %pool : tensor<1x1x1x1xf32>
// CHECK-NEXT: }

// Plain integers have no clamp of their own.
func.func @integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  %sum = nn.add %x, %x : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %relu = nn.relu %sum : tensor<4xi32> -> tensor<4xi32>
  func.return %relu : tensor<4xi32>
}
// CHECK-LABEL: func.func @integers(%x: tensor<4xi32>) -> tensor<4xi32> {
// CHECK-NEXT:    %sum = nn.add %x, %x : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
// CHECK-NEXT:    %relu = nn.relu %sum : tensor<4xi32> -> tensor<4xi32>
// CHECK-NEXT:    func.return %relu : tensor<4xi32>
// CHECK-NEXT: }

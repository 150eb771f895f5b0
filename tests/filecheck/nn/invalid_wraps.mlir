// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

func.func @f(%a: tensor<4xf32>) {
  %y = nn.add %a, %a {wraps} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return
}
// CHECK: (C4) expected plain integers to wrap, found f32

// -----

func.func @f(%a: tensor<4x!fxp.affine<i8, 0.5:0>>) {
  %y = nn.reduce %a {kind = "sum", axes = array<i64: 0>, wraps}
      : tensor<4x!fxp.affine<i8, 0.5:0>> -> tensor<1x!fxp.affine<i8, 0.5:0>>
  func.return
}
// CHECK: (C6) expected plain integers to wrap, found !fxp.affine<i8, 0.5:0>

// RUN: nnopt-opt %s -p 'choose-schemes{data="%S/Inputs/equal.npz" sqnr=40.0}' | filecheck %s
// RUN: nnopt-opt %s -p 'choose-schemes{data="%S/Inputs/equal.npz" sqnr=20.0}' | filecheck %s --check-prefix=COARSE
// RUN: nnopt-opt %s -p 'choose-schemes{data="%S/Inputs/equal.npz" sqnr=40.0},insert-quantizers' | filecheck %s --check-prefix=INSERTED
// RUN: not nnopt-opt %s -p 'choose-schemes{data="%S/Inputs/equal.npz" sqnr=200.0}' 2>&1 | filecheck %s --check-prefix=IMPOSSIBLE

// The example of the documentation.
func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>})
    -> tensor<1x1xf32> {
  %w = nn.constant {value = dense<[[127.0, -60.0, -60.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
  %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
  %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>}
      : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("h")
  func.return %h : tensor<1x1xf32>
}
// CHECK-LABEL: func.func @main
// CHECK-SAME: nn.scheme = "int8"
// CHECK: nn.fully_connected
// CHECK-SAME: nn.scheme = "int16x8"

// COARSE: nn.fully_connected
// COARSE-SAME: nn.scheme = "int8"

// INSERTED-NOT: nn.scheme
// INSERTED: fxp.quantize %x : tensor<1x3xf32> -> tensor<1x3x!fxp.affine<i8,
// INSERTED: !fxp.affine<i8:0,
// INSERTED: nn.fully_connected
// INSERTED-NEXT: -> tensor<1x1x!fxp.affine<i16,

// IMPOSSIBLE: choose-schemes: the budget of accuracy cannot be kept: with what is finer than int8

// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

func.func @main(%x: tensor<9x2x3xf32>, %w: tensor<16x3xf32>, %r: tensor<16x4xf32>,
    %b: tensor<16xf32>, %h: tensor<2x4xf32>, %p: tensor<12xf32>, %n: tensor<2xi32>,
    %w1: tensor<4x3xf32>, %r1: tensor<4x4xf32>, %b1: tensor<4xf32>, %t: tensor<5xi8>) {
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} = nn.recurrent %x, %w, %r, %b, %h cell %h peepholes %p lengths %n {cell = "lstm", activations = ["sigmoid", "tanh", "tanh"], reverse = true}
  // CHECK-SAME: -> tensor<2x4xf32>, tensor<16xf32> cell tensor<2x4xf32> sequence tensor<9x2x4xf32>
  %0, %1, %2, %3 = nn.recurrent %x, %w, %r, %b, %h cell %h peepholes %p lengths %n
      {cell = "lstm", activations = ["sigmoid", "tanh", "tanh"], reverse = true}
      : (tensor<9x2x3xf32>, tensor<16x3xf32>, tensor<16x4xf32>, tensor<16xf32>, tensor<2x4xf32>
         cell tensor<2x4xf32> peepholes tensor<12xf32> lengths tensor<2xi32>)
      -> tensor<2x4xf32>, tensor<16xf32> cell tensor<2x4xf32> sequence tensor<9x2x4xf32>
  // CHECK: nn.recurrent %x, %w1, %r1, %b1, %h {cell = "rnn", activations = ["tanh"]}
  // CHECK-SAME: -> tensor<2x4xf32>, tensor<4xf32>
  %4, %5 = nn.recurrent %x, %w1, %r1, %b1, %h {cell = "rnn", activations = ["tanh"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<2x4xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  // CHECK: nn.top_k %t {kind = "min", axis = 0 : i64, k = 2 : i64} : tensor<5xi8> -> tensor<2xi64>
  %6 = nn.top_k %t {kind = "min", axis = 0 : i64, k = 2 : i64} : tensor<5xi8> -> tensor<2xi64>
  // CHECK: nn.bitcast %b : tensor<16xf32> -> tensor<16xi32>
  %7 = nn.bitcast %b : tensor<16xf32> -> tensor<16xi32>
  func.return
}

// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

func.func @f(%x: tensor<9x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<4xf32>, %h: tensor<2x5xf32>) {
  %0, %1 = nn.recurrent %x, %w, %r, %b, %h {cell = "rnn", activations = ["tanh"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<2x5xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  func.return
}
// CHECK: (C1) expected an initial state of shape (2, 4), found (2, 5)

// -----

func.func @f(%x: tensor<9x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<4xi32>, %h: tensor<2x4xf32>) {
  %0, %1 = nn.recurrent %x, %w, %r, %b, %h {cell = "rnn", activations = ["tanh"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xi32>, tensor<2x4xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  func.return
}
// CHECK: (C2) expected f32 elements, found i32

// -----

func.func @f(%x: tensor<9x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<4xf32>, %h: tensor<2x4xf32>, %n: tensor<2xf32>) {
  %0, %1 = nn.recurrent %x, %w, %r, %b, %h lengths %n {cell = "rnn", activations = ["tanh"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<2x4xf32> lengths tensor<2xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  func.return
}
// CHECK: (C2) expected lengths of i32 or i64, found f32

// -----

func.func @f(%x: tensor<9x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<4xf32>, %h: tensor<2x4xf32>) {
  %0, %1 = nn.recurrent %x, %w, %r, %b, %h {cell = "rnn", activations = ["tanh", "tanh"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<2x4xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  func.return
}
// CHECK: (C3) expected 1 activations, found 2

// -----

func.func @f(%x: tensor<9x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<4xf32>, %h: tensor<2x4xf32>) {
  %0, %1 = nn.recurrent %x, %w, %r, %b, %h {cell = "rnn", activations = ["softmax"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<2x4xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  func.return
}
// CHECK: (C3) expected one of sigmoid, tanh, relu, hard_sigmoid, found softmax

// -----

func.func @f(%x: tensor<9x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<4xf32>, %h: tensor<2x4xf32>) {
  %0, %1 = nn.recurrent %x, %w, %r, %b, %h cell %h {cell = "rnn", activations = ["tanh"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<2x4xf32> cell tensor<2x4xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  func.return
}
// CHECK: (C4) expected cell states as rnn has them

// -----

func.func @f(%x: tensor<9x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<4xf32>, %h: tensor<2x4xf32>, %p: tensor<12xf32>) {
  %0, %1 = nn.recurrent %x, %w, %r, %b, %h peepholes %p {cell = "rnn", activations = ["tanh"]}
      : (tensor<9x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<2x4xf32> peepholes tensor<12xf32>)
      -> tensor<2x4xf32>, tensor<4xf32>
  func.return
}
// CHECK: (C4) expected no peepholes, found peepholes

// -----

func.func @f(%t: tensor<5xf32>) {
  %0 = nn.top_k %t {kind = "min", axis = 0 : i64, k = 6 : i64} : tensor<5xf32> -> tensor<6xi64>
  func.return
}
// CHECK: (C1) expected from 1 to 5 elements, found 6

// -----

func.func @f(%t: tensor<5xi1>) {
  %0 = nn.top_k %t {kind = "min", axis = 0 : i64, k = 2 : i64} : tensor<5xi1> -> tensor<2xi64>
  func.return
}
// CHECK: (C2) expected f32 or integers, found i1

// -----

func.func @f(%t: tensor<5xf32>) {
  %0 = nn.top_k %t {kind = "median", axis = 0 : i64, k = 2 : i64} : tensor<5xf32> -> tensor<2xi64>
  func.return
}
// CHECK: (C3) expected max or min, found median

// -----

func.func @f(%t: tensor<5xf32>) {
  %0 = nn.bitcast %t : tensor<5xf32> -> tensor<4xi32>
  func.return
}
// CHECK: (C1) expected a result of shape (5,), found (4,)

// -----

func.func @f(%t: tensor<5xf32>) {
  %0 = nn.bitcast %t : tensor<5xf32> -> tensor<5xi16>
  func.return
}
// CHECK: (C2) expected types of the same width, found f32, i16

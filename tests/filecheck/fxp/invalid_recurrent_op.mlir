// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstring, by its number.

func.func @f(%x: tensor<3x1x2xi8>, %w: tensor<1x2xi8>, %r: tensor<1x1xi8>, %b: tensor<2xi32>, %h: tensor<1x1xi16>) {
  %s, %work = fxp.recurrent %x, %w, %r, %b, %h {cell = "rnn", given_multiplier = array<i32: 1>,
      given_shift = array<i32: 2>, own_multiplier = array<i32: 1>, own_shift = array<i32: 3>}
      : (tensor<3x1x2xi8>, tensor<1x2xi8>, tensor<1x1xi8>, tensor<2xi32>, tensor<1x1xi16>)
      -> tensor<1x1xi16>, tensor<1xi16>
  func.return
}
// CHECK: (C1) the bias must have the shape (1,), got (2,)

// -----

func.func @f(%x: tensor<3x1x2xi8>, %w: tensor<1x2xi8>, %r: tensor<1x1xi8>, %b: tensor<1xi32>, %h: tensor<1x1xi16>) {
  %s, %work = fxp.recurrent %x, %w, %r, %b, %h {cell = "rnn", given_multiplier = array<i32: 1>,
      given_shift = array<i32: 2, 2>, own_multiplier = array<i32: 1>, own_shift = array<i32: 3>}
      : (tensor<3x1x2xi8>, tensor<1x2xi8>, tensor<1x1xi8>, tensor<1xi32>, tensor<1x1xi16>)
      -> tensor<1x1xi16>, tensor<1xi16>
  func.return
}
// CHECK: (C1) multiplier and shift must have 1 numbers, got [1, 2]

// -----

func.func @f(%x: tensor<3x1x2xi8>, %w: tensor<1x2xi8>, %r: tensor<1x1xi8>, %b: tensor<1xi32>, %h: tensor<1x1xi8>) {
  %s, %work = fxp.recurrent %x, %w, %r, %b, %h {cell = "rnn", given_multiplier = array<i32: 1>,
      given_shift = array<i32: 2>, own_multiplier = array<i32: 1>, own_shift = array<i32: 3>}
      : (tensor<3x1x2xi8>, tensor<1x2xi8>, tensor<1x1xi8>, tensor<1xi32>, tensor<1x1xi8>)
      -> tensor<1x1xi16>, tensor<1xi16>
  func.return
}
// CHECK: (C2) the initial state must be of i16, got i8

// -----

func.func @f(%x: tensor<3x1x2xi8>, %w: tensor<1x2xi8>, %r: tensor<1x1xi8>, %b: tensor<1xi32>, %h: tensor<1x1xi16>) {
  %s, %work = fxp.recurrent %x, %w, %r, %b, %h {cell = "lstm", given_multiplier = array<i32: 1>,
      given_shift = array<i32: 2>, own_multiplier = array<i32: 1>, own_shift = array<i32: 3>}
      : (tensor<3x1x2xi8>, tensor<1x2xi8>, tensor<1x1xi8>, tensor<1xi32>, tensor<1x1xi16>)
      -> tensor<1x1xi16>, tensor<1xi16>
  func.return
}
// CHECK: (C3) the cell must be one of rnn, gru, lstm, with cell states if it is an lstm, got lstm

// -----

func.func @f(%x: tensor<3x1x2xi8>, %w: tensor<1x2xi8>, %r: tensor<1x1xi8>, %b: tensor<1xi32>, %h: tensor<1x1xi16>) {
  %s, %work = fxp.recurrent %x, %w, %r, %b, %h {cell = "rnn", given_multiplier = array<i32: 1>,
      given_shift = array<i32: 2>, own_multiplier = array<i32: -1>, own_shift = array<i32: 3>}
      : (tensor<3x1x2xi8>, tensor<1x2xi8>, tensor<1x1xi8>, tensor<1xi32>, tensor<1x1xi16>)
      -> tensor<1x1xi16>, tensor<1xi16>
  func.return
}
// CHECK: (C4) multipliers must not be negative: -1

// -----

func.func @f(%x: tensor<3x1x2xi8>, %w: tensor<1x2xi8>, %r: tensor<1x1xi8>, %b: tensor<1xi32>, %h: tensor<1x1xi16>) {
  %s, %work = fxp.recurrent %x, %w, %r, %b, %h {cell = "rnn", given_multiplier = array<i32: 1>,
      given_shift = array<i32: 2>, own_multiplier = array<i32: 1>, own_shift = array<i32: 63>}
      : (tensor<3x1x2xi8>, tensor<1x2xi8>, tensor<1x1xi8>, tensor<1xi32>, tensor<1x1xi16>)
      -> tensor<1x1xi16>, tensor<1xi16>
  func.return
}
// CHECK: (C4) shifts must be in 0..62

// RUN: nnopt-opt %s -p verify-integer --split-input-file --verify-diagnostics | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x4x4x8xi8>) -> tensor<1x2x2x8xi8> {
  %y = nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : tensor<1x4x4x8xi8> -> tensor<1x2x2x8xi8>
  func.return %y : tensor<1x2x2x8xi8>
}
// CHECK: func.func @main

// -----

func.func @main(%x: tensor<2x!fxp.affine<i8, 0.5:0>>) {
  func.return
}
// CHECK: (I1) function main still has the quantized type tensor<2x!fxp.affine<i8, 0.5:0>>

// -----

func.func @main(%x: tensor<2xi8>) -> tensor<2xi8> {
  %0 = fxp.storage_cast %x : tensor<2xi8> -> tensor<2x!fxp.affine<i8, 0.5:0>>
  %1 = fxp.storage_cast %0 : tensor<2x!fxp.affine<i8, 0.5:0>> -> tensor<2xi8>
  func.return %1 : tensor<2xi8>
}
// CHECK: (I1) unnamed (fxp.storage_cast) still has the quantized type

// -----

func.func @main(%x: tensor<1x2xi8>) -> tensor<1x1xi32> {
  %w = nn.constant {value = dense<[[1, 128]]> : tensor<1x2xi16>} : tensor<1x2xi16>
  %b = nn.constant {value = dense<2147467520> : tensor<1xi32>} : tensor<1xi32>
  %0 = nn.fully_connected %x, %w, %b : (tensor<1x2xi8>, tensor<1x2xi16>, tensor<1xi32>) -> tensor<1x1xi32> loc("dense")
  func.return %0 : tensor<1x1xi32>
}
// CHECK: (I3) dense (nn.fully_connected) can reach 2147451008 to 2147483903, beyond i32

// -----

func.func @main(%x: tensor<2xi32>) -> tensor<2xi32> {
  %0 = nn.add %x, %x : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  func.return %0 : tensor<2xi32>
}
// CHECK: (I3) unnamed (nn.add) can reach -4294967296 to 4294967294, beyond i32

// -----

// Integers of the model's own wrap; what is computed of them may be any number of their type.
func.func @main(%x: tensor<2xi32>) -> tensor<2xi32> {
  %0 = nn.add %x, %x {wraps} : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  func.return %0 : tensor<2xi32>
}
// CHECK: nn.add %x, %x {wraps}

// -----

func.func @main(%x: tensor<2xi32>) -> tensor<2xi32> {
  %c = nn.constant {value = dense<1> : tensor<2xi32>} : tensor<2xi32>
  %0 = nn.add %x, %c {wraps} : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  %1 = nn.add %0, %0 : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32> loc("sum")
  func.return %1 : tensor<2xi32>
}
// CHECK: (I3) sum (nn.add) can reach -4294967296 to 4294967294, beyond i32

// -----

// Conditions and indices stand beside real numbers.
func.func @main(%x: tensor<2xf32>, %i: tensor<2xi32>) -> tensor<2xf32> {
  %c = nn.compare %x, %x {predicate = "lt"} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  %g = nn.gather %x, %i {axis = 0 : i64} : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  %y = nn.where %c, %g, %x : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  func.return %y : tensor<2xf32>
}
// CHECK: nn.where

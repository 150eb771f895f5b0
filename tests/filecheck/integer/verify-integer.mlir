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

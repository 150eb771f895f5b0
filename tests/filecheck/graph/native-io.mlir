// RUN: nnopt-opt %s -p native-io | filecheck %s
// RUN: nnopt-opt %s -p native-io,native-io | filecheck %s

// The example of the documentation.
func.func @taken(%image: tensor<1x3x4x5xf32> {nn.name = "image"}) -> tensor<1x4x5x3xf32> {
  %0 = fxp.quantize %image
      : tensor<1x3x4x5xf32> -> tensor<1x3x4x5x!fxp.affine<i8, 0.5:-1>>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 2, 3, 1>}
      : tensor<1x3x4x5x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
  %2 = nn.relu %1
      : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
  %3 = fxp.dequantize %2
      : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3xf32>
  func.return %3 : tensor<1x4x5x3xf32>
}
// CHECK-LABEL: func.func @taken(%image: tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> {nn.name = "image", nn.shape = array<i64: 1, 3, 4, 5>, nn.type = f32, nn.encoding = !fxp.affine<i8, 0.5:-1>, nn.perm = array<i64: 0, 2, 3, 1>}) -> (tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> {nn.shape = array<i64: 1, 4, 5, 3>, nn.type = f32, nn.encoding = !fxp.affine<i8, 0.5:-1>}) {
// CHECK-NEXT:    %0 = nn.relu %image : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
// CHECK-NEXT:    func.return %0 : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
// CHECK-NEXT: }

func.func @main(%image: tensor<1x3x4x5xf32> {nn.name = "image"}) -> (tensor<1x3x4x5xf32> {nn.name = "scores"}) {
  %0 = fxp.quantize %image : tensor<1x3x4x5xf32> -> tensor<1x3x4x5x!fxp.affine<i8, 0.5:-1>>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 2, 3, 1>} : tensor<1x3x4x5x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>>
  %2 = nn.relu %1 : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.25:-128>>
  %3 = fxp.dequantize %2 : tensor<1x4x5x3x!fxp.affine<i8, 0.25:-128>> -> tensor<1x4x5x3xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 0, 3, 1, 2>} : tensor<1x4x5x3xf32> -> tensor<1x3x4x5xf32>
  func.return %4 : tensor<1x3x4x5xf32>
}
// CHECK-LABEL: func.func @main(%image: tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> {nn.name = "image", nn.shape = array<i64: 1, 3, 4, 5>, nn.type = f32, nn.encoding = !fxp.affine<i8, 0.5:-1>, nn.perm = array<i64: 0, 2, 3, 1>}) -> (tensor<1x4x5x3x!fxp.affine<i8, 0.25:-128>> {nn.name = "scores", nn.shape = array<i64: 1, 3, 4, 5>, nn.type = f32, nn.perm = array<i64: 0, 2, 3, 1>, nn.encoding = !fxp.affine<i8, 0.25:-128>}) {
// CHECK-NEXT:    %0 = nn.relu %image : tensor<1x4x5x3x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4x5x3x!fxp.affine<i8, 0.25:-128>>
// CHECK-NEXT:    func.return %0 : tensor<1x4x5x3x!fxp.affine<i8, 0.25:-128>>
// CHECK-NEXT: }

// Integer tensors of the model; an input that somebody also wants in the model's order stays.
func.func @integers(%x: tensor<2x3xui8>, %y: tensor<2x3xf32>) -> (tensor<2x3xui8>, tensor<3x2xf32>, tensor<2x3xf32>) {
  %0 = fxp.storage_cast %x : tensor<2x3xui8> -> tensor<2x3x!fxp.affine<ui8, 0.5:128>>
  %1 = nn.relu %0 : tensor<2x3x!fxp.affine<ui8, 0.5:128>> -> tensor<2x3x!fxp.affine<ui8, 0.5:128>>
  %2 = fxp.storage_cast %1 : tensor<2x3x!fxp.affine<ui8, 0.5:128>> -> tensor<2x3xui8>
  %3 = nn.transpose %y {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
  %4 = nn.tanh %3 : tensor<3x2xf32> -> tensor<3x2xf32>
  %5 = nn.exp %y : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return %2, %4, %5 : tensor<2x3xui8>, tensor<3x2xf32>, tensor<2x3xf32>
}
// CHECK-LABEL: func.func @integers(%x: tensor<2x3x!fxp.affine<ui8, 0.5:128>> {nn.shape = array<i64: 2, 3>, nn.type = ui8, nn.encoding = !fxp.affine<ui8, 0.5:128>}, %y: tensor<2x3xf32>) -> (tensor<2x3x!fxp.affine<ui8, 0.5:128>> {nn.shape = array<i64: 2, 3>, nn.type = ui8, nn.encoding = !fxp.affine<ui8, 0.5:128>}, tensor<3x2xf32>, tensor<2x3xf32>) {
// CHECK-NEXT:    %0 = nn.relu %x : tensor<2x3x!fxp.affine<ui8, 0.5:128>> -> tensor<2x3x!fxp.affine<ui8, 0.5:128>>
// CHECK-NEXT:    %1 = nn.transpose %y {permutation = array<i64: 1, 0>} : tensor<2x3xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %2 = nn.tanh %1 : tensor<3x2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %3 = nn.exp %y : tensor<2x3xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    func.return %0, %2, %3 : tensor<2x3x!fxp.affine<ui8, 0.5:128>>, tensor<3x2xf32>, tensor<2x3xf32>
// CHECK-NEXT: }

// A reshape between the end of the network and a cast makes way.
func.func @reshaped(%x: tensor<4xf32>) -> tensor<4xi8> {
  %0 = nn.reshape %x : tensor<4xf32> -> tensor<2x2xf32>
  %1 = fxp.quantize %0 : tensor<2x2xf32> -> tensor<2x2x!fxp.affine<i8, 0.5:3>>
  %2 = nn.relu %1 : tensor<2x2x!fxp.affine<i8, 0.5:3>> -> tensor<2x2x!fxp.affine<i8, 0.5:3>>
  %3 = fxp.storage_cast %2 : tensor<2x2x!fxp.affine<i8, 0.5:3>> -> tensor<2x2xi8>
  %4 = nn.reshape %3 : tensor<2x2xi8> -> tensor<4xi8>
  func.return %4 : tensor<4xi8>
}
// CHECK-LABEL: func.func @reshaped(%x: tensor<4x!fxp.affine<i8, 0.5:3>> {nn.shape = array<i64: 4>, nn.type = f32, nn.encoding = !fxp.affine<i8, 0.5:3>}) -> (tensor<4x!fxp.affine<i8, 0.5:3>> {nn.shape = array<i64: 4>, nn.type = i8, nn.encoding = !fxp.affine<i8, 0.5:3>}) {
// CHECK-NEXT:    %0 = nn.reshape %x : tensor<4x!fxp.affine<i8, 0.5:3>> -> tensor<2x2x!fxp.affine<i8, 0.5:3>>
// CHECK-NEXT:    %1 = nn.relu %0 : tensor<2x2x!fxp.affine<i8, 0.5:3>> -> tensor<2x2x!fxp.affine<i8, 0.5:3>>
// CHECK-NEXT:    %2 = nn.reshape %1 : tensor<2x2x!fxp.affine<i8, 0.5:3>> -> tensor<4x!fxp.affine<i8, 0.5:3>>
// CHECK-NEXT:    func.return %2 : tensor<4x!fxp.affine<i8, 0.5:3>>
// CHECK-NEXT: }

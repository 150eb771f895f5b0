// RUN: nnopt-opt %s -p 'order-kernels' | filecheck %s
// RUN: nnopt-opt %s -p 'order-kernels' --verify-each-semantics random | filecheck %s
// RUN: nnopt-opt %s -p 'order-kernels{io=pool}' | filecheck %s

// Each wide tensor becomes narrow before the next one is made; the view stays before its reader.
func.func @main(%x: tensor<1x4x4x2xi8>) -> tensor<2x16xi8> {
  %a = vpool.kernel "wide 1" ins(%x : tensor<1x4x4x2xi8>) -> tensor<4x4x4x2xi8> {
  ^bb0(%x0: tensor<1x4x4x2xi8>):
    %c = nn.concat %x0, %x0, %x0, %x0 {axis = 0 : i64} : (tensor<1x4x4x2xi8>, tensor<1x4x4x2xi8>, tensor<1x4x4x2xi8>, tensor<1x4x4x2xi8>) -> tensor<4x4x4x2xi8>
    vpool.yield %c : tensor<4x4x4x2xi8>
  }
  %b = vpool.kernel "wide 2" ins(%x : tensor<1x4x4x2xi8>) -> tensor<4x4x4x2xi8> {
  ^bb0(%x0: tensor<1x4x4x2xi8>):
    %c = nn.concat %x0, %x0, %x0, %x0 {axis = 0 : i64} : (tensor<1x4x4x2xi8>, tensor<1x4x4x2xi8>, tensor<1x4x4x2xi8>, tensor<1x4x4x2xi8>) -> tensor<4x4x4x2xi8>
    vpool.yield %c : tensor<4x4x4x2xi8>
  }
  %r = nn.reshape %a : tensor<4x4x4x2xi8> -> tensor<8x16xi8>
  %c = vpool.kernel "narrow 1" ins(%r : tensor<8x16xi8>) -> tensor<1x16xi8> {
  ^bb0(%x0: tensor<8x16xi8>):
    %s = nn.slice %x0 {offsets = array<i64: 2, 0>, sizes = array<i64: 1, 16>, strides = array<i64: 1, 1>} : tensor<8x16xi8> -> tensor<1x16xi8>
    vpool.yield %s : tensor<1x16xi8>
  }
  %q = nn.reshape %b : tensor<4x4x4x2xi8> -> tensor<8x16xi8>
  %d = vpool.kernel "narrow 2" ins(%q : tensor<8x16xi8>) -> tensor<1x16xi8> {
  ^bb0(%x0: tensor<8x16xi8>):
    %s = nn.slice %x0 {offsets = array<i64: 5, 0>, sizes = array<i64: 1, 16>, strides = array<i64: 1, 1>} : tensor<8x16xi8> -> tensor<1x16xi8>
    vpool.yield %s : tensor<1x16xi8>
  }
  %y = vpool.kernel "both" ins(%c, %d : tensor<1x16xi8>, tensor<1x16xi8>) -> tensor<2x16xi8> {
  ^bb0(%c0: tensor<1x16xi8>, %d0: tensor<1x16xi8>):
    %s = nn.concat %c0, %d0 {axis = 0 : i64} : (tensor<1x16xi8>, tensor<1x16xi8>) -> tensor<2x16xi8>
    vpool.yield %s : tensor<2x16xi8>
  }
  func.return %y : tensor<2x16xi8>
}

// CHECK:      vpool.kernel "wide 1"
// CHECK:      nn.reshape %a
// CHECK-NEXT: vpool.kernel "narrow 1"
// CHECK:      vpool.kernel "wide 2"
// CHECK:      nn.reshape %b
// CHECK-NEXT: vpool.kernel "narrow 2"
// CHECK:      vpool.kernel "both"

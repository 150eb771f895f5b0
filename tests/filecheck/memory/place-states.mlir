// RUN: nnopt-opt %s -p 'place{io="pool"}' | filecheck %s

// States are kept between calls: they stay with the caller where the other inputs and outputs lie in
// the pool.
func.func @main(
    %x: tensor<4xf32> {nn.name = "x"},
    %h: tensor<4xf32> {nn.name = "h", nn.state = "next_h"})
    -> (tensor<4xf32> {nn.name = "y"}, tensor<4xf32> {nn.name = "next_h"}) {
  %a = vpool.kernel "a" ins(%x, %h : tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x0: tensor<4xf32>, %h0: tensor<4xf32>):
    %s = nn.add %x0, %h0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  %b = vpool.kernel "b" ins(%a : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: tensor<4xf32>):
    %r = nn.relu %a0 : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %r : tensor<4xf32>
  }
  func.return %b, %a : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @main
// CHECK-SAME:    %x: memref<4xf32> {nn.name = "x", vpool.role = "input", vpool.tensor = tensor<4xf32>, vpool.offset = 0 : i64}
// CHECK-SAME:    %h: memref<4xf32> {nn.name = "h", nn.state = "next_h", vpool.role = "input", vpool.tensor = tensor<4xf32>}
// CHECK-SAME:    %out0: memref<4xf32> {nn.name = "y", vpool.role = "output", vpool.tensor = tensor<4xf32>, vpool.offset = 0 : i64}
// CHECK-SAME:    %out1: memref<4xf32> {nn.name = "next_h", vpool.role = "output", vpool.tensor = tensor<4xf32>}
// CHECK-SAME:    %arena: memref<16xi8>
// CHECK:         vpool.launch "a" ins(%x, %h : memref<4xf32>, memref<4xf32>) outs(%out1 : memref<4xf32>) {
// CHECK:         vpool.launch "b" ins(%out1 : memref<4xf32>) outs(%out0 : memref<4xf32>) {

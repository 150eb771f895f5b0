// RUN: nnopt-opt %s -p lower-kernels | filecheck %s

// Equal kernels are one function; each keeps its layer's name at the call.
func.func @main(%x: memref<8xi8>, %y: memref<8xi8>, %z: memref<8xi8>) {
  vpool.launch "first" ins(%x : memref<8xi8>) outs(%y : memref<8xi8>) {
  ^bb0(%a: tensor<8xi8>):
    %r = nn.relu %a : tensor<8xi8> -> tensor<8xi8>
    vpool.yield %r : tensor<8xi8>
  }
  vpool.launch "second" ins(%y : memref<8xi8>) outs(%z : memref<8xi8>) {
  ^bb0(%a: tensor<8xi8>):
    %r = nn.relu %a : tensor<8xi8> -> tensor<8xi8>
    vpool.yield %r : tensor<8xi8>
  }
  func.return
}

// CHECK:     func.func private @first
// CHECK-NOT: func.func private @second
// CHECK:     func.call @first(%x, %y) {nn.layer = "first", nn.op = "relu"
// CHECK:     func.call @first(%y, %z) {nn.layer = "second", nn.op = "relu"

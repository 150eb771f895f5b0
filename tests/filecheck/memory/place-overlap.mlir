// RUN: nnopt-opt %s -p place | filecheck %s
// RUN: nnopt-opt %s -p 'place{io="pool"}' | filecheck %s --check-prefix POOL
// RUN: nnopt-opt %s -p 'place{io="pool" turn=false alignment=1}' | filecheck %s --check-prefix FORWARDS

// A window of 3 x 3 writes a row when it has read the row below: the output lies a row and a pixel
// below the input. Two of them would walk down; one runs backwards instead, so that its output lies
// above its input.
func.func @main(%x: tensor<1x8x8x1xi8>) -> tensor<1x8x8x1xi8> {
  %p = vpool.kernel "p" ins(%x : tensor<1x8x8x1xi8>) -> tensor<1x8x8x1xi8> {
  ^bb0(%x0: tensor<1x8x8x1xi8>):
    %m = nn.max_pool2d %x0 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}
        : tensor<1x8x8x1xi8> -> tensor<1x8x8x1xi8>
    vpool.yield %m : tensor<1x8x8x1xi8>
  }
  %r = vpool.kernel "r" ins(%p : tensor<1x8x8x1xi8>) -> tensor<1x8x8x1xi8> {
  ^bb0(%p0: tensor<1x8x8x1xi8>):
    %m = nn.max_pool2d %p0 {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}
        : tensor<1x8x8x1xi8> -> tensor<1x8x8x1xi8>
    vpool.yield %m : tensor<1x8x8x1xi8>
  }
  func.return %r : tensor<1x8x8x1xi8>
}

// The caller owns input and output: only %p is in the arena.
// CHECK-LABEL: func.func @main
// CHECK-SAME:    %arena: memref<64xi8> {vpool.role = "arena"}) attributes {vpool.proven = true}
// CHECK:         %p = vpool.view %arena[0] : memref<64xi8> to memref<64xi8>
// CHECK:         vpool.launch "p"
// CHECK-NOT:     reversed

// POOL-LABEL: func.func @main
// POOL-SAME:    (%x: memref<64xi8> {vpool.role = "input", vpool.tensor = tensor<1x8x8x1xi8>, vpool.offset = 12 : i64}
// POOL-SAME:    %out: memref<64xi8> {vpool.role = "output", vpool.tensor = tensor<1x8x8x1xi8>, vpool.offset = 12 : i64}
// POOL-SAME:    %arena: memref<76xi8> {vpool.role = "arena"}) attributes {vpool.proven = true}
// POOL:         %p = vpool.view %arena[0] : memref<76xi8> to memref<64xi8>
// POOL:         vpool.launch "p" ins(%x : memref<64xi8>) outs(%p : memref<64xi8>) {
// POOL:         vpool.launch "r" ins(%p : memref<64xi8>) outs(%out : memref<64xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", reversed> {

// FORWARDS-LABEL: func.func @main
// FORWARDS-SAME:    (%x: memref<64xi8> {vpool.role = "input", vpool.tensor = tensor<1x8x8x1xi8>, vpool.offset = 18 : i64}
// FORWARDS-SAME:    %out: memref<64xi8> {vpool.role = "output", vpool.tensor = tensor<1x8x8x1xi8>, vpool.offset = 0 : i64}
// FORWARDS-SAME:    %arena: memref<82xi8> {vpool.role = "arena"}) attributes {vpool.proven = true}
// FORWARDS:         %p = vpool.view %arena[9] : memref<82xi8> to memref<64xi8>
// FORWARDS-NOT:     reversed

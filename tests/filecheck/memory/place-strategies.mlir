// RUN: nnopt-opt %s -p 'place{strategy="disjoint"}' | filecheck %s --check-prefix DISJOINT
// RUN: nnopt-opt %s -p 'place{strategy="first-fit"}' | filecheck %s --check-prefix REUSE
// RUN: nnopt-opt %s -p 'place{strategy="exact"}' | filecheck %s --check-prefix REUSE

// %a is dead when %c is written: its bytes are used again.
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = vpool.kernel "a" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%t: tensor<4xf32>):
    %s = nn.softmax %t {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  %b = vpool.kernel "b" ins(%a : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%t: tensor<4xf32>):
    %s = nn.softmax %t {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  %c = vpool.kernel "c" ins(%b : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%t: tensor<4xf32>):
    %s = nn.softmax %t {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  %d = vpool.kernel "d" ins(%c : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%t: tensor<4xf32>):
    %s = nn.softmax %t {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  func.return %d : tensor<4xf32>
}

// DISJOINT-LABEL: func.func @main
// DISJOINT-SAME:    %arena: memref<48xi8> {vpool.role = "arena"}) attributes {vpool.proven = false}
// DISJOINT:         %a = vpool.view %arena[0] : memref<48xi8> to memref<4xf32>
// DISJOINT:         %b = vpool.view %arena[16] : memref<48xi8> to memref<4xf32>
// DISJOINT:         %c = vpool.view %arena[32] : memref<48xi8> to memref<4xf32>

// REUSE-LABEL: func.func @main
// REUSE-SAME:    %arena: memref<32xi8> {vpool.role = "arena"}) attributes {vpool.proven = true}
// REUSE:         %a = vpool.view %arena[0] : memref<32xi8> to memref<4xf32>
// REUSE:         %b = vpool.view %arena[16] : memref<32xi8> to memref<4xf32>
// REUSE:         %c = vpool.view %arena[0] : memref<32xi8> to memref<4xf32>

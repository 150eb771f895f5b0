// RUN: nnopt-opt %s -p 'place{strategy="disjoint"}' | filecheck %s --check-prefix DISJOINT
// RUN: nnopt-opt %s -p 'place{strategy="first-fit"}' | filecheck %s --check-prefix REUSE
// RUN: nnopt-opt %s -p 'place{strategy="exact"}' | filecheck %s --check-prefix REUSE

// Without reuse every tensor has bytes of its own. With it, %a is dead when %c is written, and the
// output of a transposition of 2 x 2 lies one element beside its input: in place it would write
// element 1 before it reads it.
func.func @main(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %a = vpool.kernel "a" ins(%x : tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%t: tensor<2x2xf32>):
    %s = nn.transpose %t {permutation = array<i64: 1, 0>} : tensor<2x2xf32> -> tensor<2x2xf32>
    vpool.yield %s : tensor<2x2xf32>
  }
  %b = vpool.kernel "b" ins(%a : tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%t: tensor<2x2xf32>):
    %s = nn.transpose %t {permutation = array<i64: 1, 0>} : tensor<2x2xf32> -> tensor<2x2xf32>
    vpool.yield %s : tensor<2x2xf32>
  }
  %c = vpool.kernel "c" ins(%b : tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%t: tensor<2x2xf32>):
    %s = nn.transpose %t {permutation = array<i64: 1, 0>} : tensor<2x2xf32> -> tensor<2x2xf32>
    vpool.yield %s : tensor<2x2xf32>
  }
  %d = vpool.kernel "d" ins(%c : tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%t: tensor<2x2xf32>):
    %s = nn.transpose %t {permutation = array<i64: 1, 0>} : tensor<2x2xf32> -> tensor<2x2xf32>
    vpool.yield %s : tensor<2x2xf32>
  }
  func.return %d : tensor<2x2xf32>
}

// DISJOINT-LABEL: func.func @main
// DISJOINT-SAME:    %arena: memref<48xi8> {vpool.role = "arena"}) attributes {vpool.proven = false}
// DISJOINT:         %a = vpool.view %arena[0] : memref<48xi8> to memref<4xf32>
// DISJOINT:         %b = vpool.view %arena[16] : memref<48xi8> to memref<4xf32>
// DISJOINT:         %c = vpool.view %arena[32] : memref<48xi8> to memref<4xf32>

// REUSE-LABEL: func.func @main
// REUSE-SAME:    %arena: memref<20xi8> {vpool.role = "arena"}) attributes {vpool.proven = true}
// REUSE:         %a = vpool.view %arena[0] : memref<20xi8> to memref<4xf32>
// REUSE:         %b = vpool.view %arena[4] : memref<20xi8> to memref<4xf32>
// REUSE:         %c = vpool.view %arena[0] : memref<20xi8> to memref<4xf32>

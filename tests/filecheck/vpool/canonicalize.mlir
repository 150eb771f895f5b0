// RUN: nnopt-opt %s -p canonicalize,cse | filecheck %s

// Kernels and views that nobody uses go; launches and stores stay, they write memory.
func.func @unused(%x: tensor<4xf32>) {
  %y = vpool.kernel "relu" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %r = nn.relu %a : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %r : tensor<4xf32>
  }
  func.return
}

func.func @memory(%x: memref<4xf32>, %arena: memref<32xi8>, %i: index) {
  %unused = vpool.view %arena[16] : memref<32xi8> to memref<4xf32>
  %a = vpool.view %arena[0] : memref<32xi8> to memref<4xf32>
  vpool.launch "copy" ins(%x : memref<4xf32>) outs(%a : memref<4xf32>) {
  ^bb0(%t: tensor<4xf32>):
    vpool.yield %t : tensor<4xf32>
  }
  %v = vpool.load %a[%i] : memref<4xf32> -> f32
  vpool.store %v, %x[%i] : f32, memref<4xf32>
  func.return
}

// Equal loads are not one: memory changes between them.
func.func @loads(%x: memref<4xf32>, %i: index, %j: index) {
  %v = vpool.load %x[%i] : memref<4xf32> -> f32
  vpool.store %v, %x[%j] : f32, memref<4xf32>
  %w = vpool.load %x[%i] : memref<4xf32> -> f32
  vpool.store %w, %x[%j] : f32, memref<4xf32>
  func.return
}

// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @unused(%x: tensor<4xf32>) {
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @memory(%x: memref<4xf32>, %arena: memref<32xi8>, %i: index) {
// CHECK-NEXT:     %a = vpool.view %arena[0] : memref<32xi8> to memref<4xf32>
// CHECK-NEXT:     vpool.launch "copy" ins(%x : memref<4xf32>) outs(%a : memref<4xf32>) {
// CHECK-NEXT:     ^bb0(%t: tensor<4xf32>):
// CHECK-NEXT:       vpool.yield %t : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     %v = vpool.load %a[%i] : memref<4xf32> -> f32
// CHECK-NEXT:     vpool.store %v, %x[%i] : f32, memref<4xf32>
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @loads(%x: memref<4xf32>, %i: index, %j: index) {
// CHECK-NEXT:     %v = vpool.load %x[%i] : memref<4xf32> -> f32
// CHECK-NEXT:     vpool.store %v, %x[%j] : f32, memref<4xf32>
// CHECK-NEXT:     %w = vpool.load %x[%i] : memref<4xf32> -> f32
// CHECK-NEXT:     vpool.store %w, %x[%j] : f32, memref<4xf32>
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }

// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

func.func @tensors(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %y = vpool.kernel "relu" ins(%x : tensor<1x4xf32>) -> tensor<1x4xf32> {
  ^bb0(%a: tensor<1x4xf32>):
    %r = nn.relu %a : tensor<1x4xf32> -> tensor<1x4xf32>
    vpool.yield %r : tensor<1x4xf32>
  }
  func.return %y : tensor<1x4xf32>
}

func.func @memory(%x: memref<4xf32>, %arena: memref<32xi8>) {
  %a = vpool.view %arena[16] : memref<32xi8> to memref<4xf32>
  vpool.launch "relu" ins(%x : memref<4xf32>) outs(%a : memref<4xf32>) schedule <"direct", order = ["oc", "oh", "ow"], block = [1, 4], isa = "armv7e-m"> {
  ^bb0(%t: tensor<1x4xf32>):
    %r = nn.relu %t : tensor<1x4xf32> -> tensor<1x4xf32>
    vpool.yield %r : tensor<1x4xf32>
  }
  func.return
}

// Registers are i32, i64 or f32; memory is narrower.
func.func @elements(%q: memref<4xi8>, %b: memref<4xi1>, %w: memref<4xi64>, %i: index) {
  %v = vpool.load %q[%i] : memref<4xi8> -> i32
  vpool.store %v, %b[%i] : i32, memref<4xi1>
  %l = vpool.load %w[%i] : memref<4xi64> -> i64
  vpool.store %l, %w[%i] : i64, memref<4xi64>
  func.return
}

// Rows of an image that is in no memory.
func.func @rows(%x: tensor<1x4x2x3xi8>, %s: memref<24xi8, "rows">, %m: memref<12xi8>, %i: index) {
  %r = vpool.fetch %x {rows = 2 : i64} : tensor<1x4x2x3xi8> -> tensor<1x4x2x3xi8>
  vpool.read_rows %s[%i, %i] to %m[%i] {width = 6 : i64} : memref<24xi8, "rows">, memref<12xi8>
  func.return
}

// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @tensors(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
// CHECK-NEXT:     %y = vpool.kernel "relu" ins(%x : tensor<1x4xf32>) -> tensor<1x4xf32> {
// CHECK-NEXT:     ^bb0(%a: tensor<1x4xf32>):
// CHECK-NEXT:       %r = nn.relu %a : tensor<1x4xf32> -> tensor<1x4xf32>
// CHECK-NEXT:       vpool.yield %r : tensor<1x4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return %y : tensor<1x4xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @memory(%x: memref<4xf32>, %arena: memref<32xi8>) {
// CHECK-NEXT:     %a = vpool.view %arena[16] : memref<32xi8> to memref<4xf32>
// CHECK-NEXT:     vpool.launch "relu" ins(%x : memref<4xf32>) outs(%a : memref<4xf32>) schedule <"direct", order = ["oc", "oh", "ow"], block = [1, 4], isa = "armv7e-m"> {
// CHECK-NEXT:     ^bb0(%t: tensor<1x4xf32>):
// CHECK-NEXT:       %r = nn.relu %t : tensor<1x4xf32> -> tensor<1x4xf32>
// CHECK-NEXT:       vpool.yield %r : tensor<1x4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @elements(%q: memref<4xi8>, %b: memref<4xi1>, %w: memref<4xi64>, %i: index) {
// CHECK-NEXT:     %v = vpool.load %q[%i] : memref<4xi8> -> i32
// CHECK-NEXT:     vpool.store %v, %b[%i] : i32, memref<4xi1>
// CHECK-NEXT:     %l = vpool.load %w[%i] : memref<4xi64> -> i64
// CHECK-NEXT:     vpool.store %l, %w[%i] : i64, memref<4xi64>
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @rows(%x: tensor<1x4x2x3xi8>, %s: memref<24xi8, "rows">, %m: memref<12xi8>, %i: index) {
// CHECK-NEXT:     %r = vpool.fetch %x {rows = 2 : i64} : tensor<1x4x2x3xi8> -> tensor<1x4x2x3xi8>
// CHECK-NEXT:     vpool.read_rows %s[%i, %i] to %m[%i] {width = 6 : i64} : memref<24xi8, "rows">, memref<12xi8>
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }

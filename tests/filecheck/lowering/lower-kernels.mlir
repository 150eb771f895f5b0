// RUN: nnopt-opt %s -p lower-kernels | filecheck %s

// The example of the documentation.
func.func @main(%x: memref<8xf32>, %y: memref<8xf32>) {
  vpool.launch "relu" ins(%x : memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: tensor<8xf32>):
    %r = nn.relu %a : tensor<8xf32> -> tensor<8xf32>
    vpool.yield %r : tensor<8xf32>
  }
  func.return
}

// CHECK:      builtin.module {
// CHECK-NEXT:   func.func private @relu(%x: memref<8xf32>, %out: memref<8xf32>) {
// CHECK-NEXT:     %0 = arith.constant 0 : index
// CHECK-NEXT:     %1 = arith.constant 8 : index
// CHECK-NEXT:     %2 = arith.constant 1 : index
// CHECK-NEXT:     scf.for %i = %0 to %1 step %2 {
// CHECK-NEXT:       %3 = vpool.load %x[%i] : memref<8xf32> -> f32
// CHECK-NEXT:       %4 = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:       %5 = emitc.call_opaque "nnopt_max_f32"(%3, %4) : (f32, f32) -> f32
// CHECK-NEXT:       vpool.store %5, %out[%i] : f32, memref<8xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   func.func @main(%x: memref<8xf32>, %y: memref<8xf32>) {
// CHECK-NEXT:     func.call @relu(%x, %y) {nn.layer = "relu", nn.op = "relu", nn.macs = 0 : i64, nn.output = 1 : i64, nn.tensor = tensor<8xf32>} : (memref<8xf32>, memref<8xf32>) -> ()
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }

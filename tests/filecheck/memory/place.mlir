// RUN: nnopt-opt %s -p place | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = vpool.kernel "a" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x0: tensor<4xf32>):
    %r = nn.relu %x0 : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %r : tensor<4xf32>
  }
  %b = vpool.kernel "b" ins(%a : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: tensor<4xf32>):
    %s = nn.softmax %a0 {axis = -1 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  func.return %b : tensor<4xf32>
}

// Element-wise kernels run in place, reshapes are views: one range for %a, %v and %b. Constants are
// globals; names and layouts of inputs and outputs stay with them.
func.func @in_place(%x: tensor<4xf32> {nn.name = "in"}) -> (tensor<2x2xf32> {nn.name = "result"}) {
  %c = nn.constant {value = dense<2.0> : tensor<2x2xf32>} : tensor<2x2xf32>
  %a = vpool.kernel "a" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x0: tensor<4xf32>):
    %s = nn.softmax %x0 {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  %v = nn.reshape %a : tensor<4xf32> -> tensor<2x2xf32>
  %b = vpool.kernel "b" ins(%v, %c : tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%v0: tensor<2x2xf32>, %c0: tensor<2x2xf32>):
    %m = nn.mul %v0, %c0 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    vpool.yield %m : tensor<2x2xf32>
  }
  %d = vpool.kernel "d" ins(%b : tensor<2x2xf32>) -> tensor<2x2xf32> {
  ^bb0(%b0: tensor<2x2xf32>):
    %s = nn.softmax %b0 {axis = 0 : i64} : tensor<2x2xf32> -> tensor<2x2xf32>
    vpool.yield %s : tensor<2x2xf32>
  }
  func.return %d : tensor<2x2xf32>
}

// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @main(%x: memref<4xf32> {vpool.role = "input", vpool.tensor = tensor<4xf32>}, %out: memref<4xf32> {vpool.role = "output", vpool.tensor = tensor<4xf32>}, %arena: memref<16xi8> {vpool.role = "arena"}) attributes {vpool.proven = true} {
// CHECK-NEXT:     %a = vpool.view %arena[0] : memref<16xi8> to memref<4xf32>
// CHECK-NEXT:     vpool.launch "a" ins(%x : memref<4xf32>) outs(%a : memref<4xf32>) {
// CHECK-NEXT:     ^bb0(%x0: tensor<4xf32>):
// CHECK-NEXT:       %r = nn.relu %x0 : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %r : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     vpool.launch "b" ins(%a : memref<4xf32>) outs(%out : memref<4xf32>) {
// CHECK-NEXT:     ^bb0(%a0: tensor<4xf32>):
// CHECK-NEXT:       %s = nn.softmax %a0 {axis = -1 : i64} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %s : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT:   "memref.global"() <{sym_name = "b_constant", type = memref<4xf32>, initial_value = dense<2.000000e+00> : tensor<4xf32>, sym_visibility = "private", constant}> : () -> ()
// CHECK-NEXT:   func.func @in_place(%x: memref<4xf32> {nn.name = "in", vpool.role = "input", vpool.tensor = tensor<4xf32>}, %out: memref<4xf32> {nn.name = "result", vpool.role = "output", vpool.tensor = tensor<2x2xf32>}, %arena: memref<16xi8> {vpool.role = "arena"}) attributes {vpool.proven = true} {
// CHECK-NEXT:     %a = vpool.view %arena[0] : memref<16xi8> to memref<4xf32>
// CHECK-NEXT:     vpool.launch "a" ins(%x : memref<4xf32>) outs(%a : memref<4xf32>) {
// CHECK-NEXT:     ^bb0(%x0: tensor<4xf32>):
// CHECK-NEXT:       %s = nn.softmax %x0 {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT:       vpool.yield %s : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     %0 = memref.get_global @b_constant : memref<4xf32>
// CHECK-NEXT:     %b = vpool.view %arena[0] : memref<16xi8> to memref<4xf32>
// CHECK-NEXT:     vpool.launch "b" ins(%a, %0 : memref<4xf32>, memref<4xf32>) outs(%b : memref<4xf32>) {
// CHECK-NEXT:     ^bb0(%v0: tensor<2x2xf32>, %c0: tensor<2x2xf32>):
// CHECK-NEXT:       %m = nn.mul %v0, %c0 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:       vpool.yield %m : tensor<2x2xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     vpool.launch "d" ins(%b : memref<4xf32>) outs(%out : memref<4xf32>) {
// CHECK-NEXT:     ^bb0(%b0: tensor<2x2xf32>):
// CHECK-NEXT:       %s = nn.softmax %b0 {axis = 0 : i64} : tensor<2x2xf32> -> tensor<2x2xf32>
// CHECK-NEXT:       vpool.yield %s : tensor<2x2xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     func.return
// CHECK-NEXT:   }
// CHECK-NEXT: }

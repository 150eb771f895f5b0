// RUN: nnopt-opt %s -p lower-kernels --split-input-file --verify-diagnostics | filecheck %s

// CHECK: kernel two has several ops that need loops of their own: nn.softmax, nn.softmax
func.func @main(%x: memref<4xf32>, %y: memref<4xf32>) {
  vpool.launch "two" ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %s = nn.softmax %a {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    %t = nn.softmax %s {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %t : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: kernel unknown: nn.batch_norm has no loops yet (no emitter registered)
func.func @main(%x: memref<4xf32>, %y: memref<4xf32>) {
  vpool.launch "unknown" ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %s = nn.batch_norm %a, %a, %a, %a, %a {epsilon = 0.0 : f32, axis = 0 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    vpool.yield %s : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: kernel behind: nothing can be fused behind nn.softmax, its output is scratch
func.func @main(%x: memref<4xf32>, %y: memref<4xf32>) {
  vpool.launch "behind" ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %s = nn.softmax %a {axis = 0 : i64} : tensor<4xf32> -> tensor<4xf32>
    %r = nn.relu %s : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %r : tensor<4xf32>
  }
  func.return
}

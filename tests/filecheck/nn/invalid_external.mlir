// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

func.func @nobody(%x: tensor<4xf32>) {
  // CHECK: (C1) no kernel is registered for operator com.nowhere.Odd
  %0 = nn.external "com.nowhere" "Odd" {} (%x) : (tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

func.func @nobody_on_memory(%x: memref<4xf32>, %y: memref<4xf32>) {
  // CHECK: (C1) no kernel is registered for operator com.nowhere.Odd
  nn.external_call "com.nowhere" "Odd" {} (%x) to (%y) with ()
      types [tensor<4xf32>] [tensor<4xf32>] : (memref<4xf32>) (memref<4xf32>) ()
  func.return
}

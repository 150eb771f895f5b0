// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// Each constraint of the docstrings, by its number.

func.func @f(%x: tensor<4xf32>) {
  %y = accel.offload "npu" {} ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<5xf32>):
    %r = nn.relu %a : tensor<5xf32> -> tensor<5xf32>
    accel.yield %r : tensor<5xf32>
  }
  func.return
}
// CHECK: (C1) region arguments have types tensor<5xf32>, expected tensor<4xf32>

// -----

func.func @f(%x: tensor<4xf32>) {
  %y = accel.offload "npu" {} ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %r = nn.relu %a : tensor<4xf32> -> tensor<4xf32>
    vpool.yield %r : tensor<4xf32>
  }
  func.return
}
// CHECK: (C2) region must end in accel.yield

// -----

func.func @f(%x: tensor<4xf32>) {
  %y = accel.offload "npu" {} ins(%x : tensor<4xf32>) -> tensor<5xf32> {
  ^bb0(%a: tensor<4xf32>):
    accel.yield %a : tensor<4xf32>
  }
  func.return
}
// CHECK: (C3) yielded values have types tensor<4xf32>, expected tensor<5xf32>

// -----

func.func @f(%x: tensor<4xf32>, %z: tensor<4xf32>) {
  %y = accel.offload "npu" {} ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %r = nn.add %a, %z : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    accel.yield %r : tensor<4xf32>
  }
  func.return
}
// CHECK: value defined out of its IsolatedFromAbove parent

// -----

func.func @f(%x: tensor<4xf32>) {
  %y = accel.offload "npu" {} aligned 12 ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    accel.yield %a : tensor<4xf32>
  }
  func.return
}
// CHECK: (C6) alignment must be a power of two, found 12

// -----

func.func @f(%x: memref<4xf32>, %y: memref<5xf32>) {
  accel.call "npu" {} "run" [] (%x) to (%y) with () and () : (memref<4xf32>) (memref<5xf32>) () () {
  ^bb0(%a: tensor<1x4xf32>):
    accel.yield %a : tensor<1x4xf32>
  }
  func.return
}
// CHECK: (C1) outputs memref<5xf32> do not fit tensor<1x4xf32> of the region

// -----

func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
  accel.call "npu" {} "run" [1 : i64] (%x) to (%y) with () and () : (memref<4xf32>) (memref<4xf32>) () () {
  ^bb0(%a: tensor<1x4xf32>):
    accel.yield %a : tensor<1x4xf32>
  }
  func.return
}
// CHECK: (C5) parameter 1 : i64 is neither i32 nor f32

// RUN: nnopt-opt %s | filecheck %s
// RUN: nnopt-opt %s | nnopt-opt | filecheck %s
// RUN: nnopt-opt %s --print-op-generic | nnopt-opt | filecheck %s

func.func @offload(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // CHECK: %y = accel.offload "npu" {speed = 3 : i32} aligned 16 ins(%x : tensor<1x4xf32>) -> tensor<1x4xf32> {
  // CHECK-NEXT: ^bb0(%a: tensor<1x4xf32>):
  // CHECK-NEXT:   %r = nn.relu %a : tensor<1x4xf32> -> tensor<1x4xf32>
  // CHECK-NEXT:   accel.yield %r : tensor<1x4xf32>
  // CHECK-NEXT: }
  %y = accel.offload "npu" {speed = 3 : i32} aligned 16 ins(%x : tensor<1x4xf32>) -> tensor<1x4xf32> {
  ^bb0(%a: tensor<1x4xf32>):
    %r = nn.relu %a : tensor<1x4xf32> -> tensor<1x4xf32>
    accel.yield %r : tensor<1x4xf32>
  }
  // CHECK: %z = accel.offload "npu" {} ins(%y : tensor<1x4xf32>) -> tensor<1x4xf32> {
  %z = accel.offload "npu" {} ins(%y : tensor<1x4xf32>) -> tensor<1x4xf32> {
  ^bb0(%a: tensor<1x4xf32>):
    accel.yield %a : tensor<1x4xf32>
  }
  func.return %z : tensor<1x4xf32>
}

func.func @call(%x: memref<4xf32>, %y: memref<4xf32>, %w: memref<2xi8>, %s: memref<6xi16>) {
  // CHECK: accel.call "npu" {} "npu_relu" [4 : i32, 5.000000e-01 : f32](%x) to(%y) with(%w) and(%s) : (memref<4xf32>) (memref<4xf32>) (memref<2xi8>) (memref<6xi16>) {
  accel.call "npu" {} "npu_relu" [4 : i32, 0.5 : f32] (%x) to (%y) with (%w) and (%s)
      : (memref<4xf32>) (memref<4xf32>) (memref<2xi8>) (memref<6xi16>) {
  ^bb0(%a: tensor<1x4xf32>):
    %r = nn.relu %a : tensor<1x4xf32> -> tensor<1x4xf32>
    accel.yield %r : tensor<1x4xf32>
  }
  func.return
}

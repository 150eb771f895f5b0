// RUN: python %S/../../support/filters_opt.py %s | filecheck %s
// RUN: python %S/../../support/filters_opt.py %s | python %S/../../support/filters_opt.py | filecheck %s

// CHECK-LABEL: @tensors
func.func @tensors(%x: tensor<2x8xf32>) -> tensor<2x6xf32> {
  // CHECK: nn.external "com.example.filters" "RunningMedian" {width = 3 : i64}(%x) : (tensor<2x8xf32>) -> tensor<2x6xf32>
  %0 = nn.external "com.example.filters" "RunningMedian" {width = 3 : i64} (%x)
      : (tensor<2x8xf32>) -> tensor<2x6xf32>
  func.return %0 : tensor<2x6xf32>
}

// CHECK-LABEL: @memory
func.func @memory(%x: memref<16xf32>, %y: memref<12xf32>, %s: memref<6xi16>) {
  // CHECK: nn.external_call "com.example.filters" "RunningMedian" {width = 3 : i64}(%x) to(%y) with(%s)
  // CHECK-SAME: types [tensor<2x8xf32>] [tensor<2x6xf32>]
  // CHECK-SAME: (memref<16xf32>) (memref<12xf32>) (memref<6xi16>)
  nn.external_call "com.example.filters" "RunningMedian" {width = 3 : i64} (%x) to (%y) with (%s)
      types [tensor<2x8xf32>] [tensor<2x6xf32>]
      : (memref<16xf32>) (memref<12xf32>) (memref<6xi16>)
  func.return
}

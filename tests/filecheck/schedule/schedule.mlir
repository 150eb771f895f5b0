// RUN: nnopt-opt %s -p 'schedule{loop-order="oc","oh","ow" block=1,4 isa="armv7e-m" match="conv"}' | filecheck %s
// RUN: nnopt-opt %s -p schedule,'schedule{loop-order="oc","oh","ow" block=1,4 isa="armv7e-m" match="conv"}' | filecheck %s --check-prefix BOTH

// Only kernels whose label contains `match` are scheduled; the last schedule counts.
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = vpool.kernel "conv1" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%x0: tensor<4xf32>):
    vpool.yield %x0 : tensor<4xf32>
  }
  %b = vpool.kernel "relu" ins(%a : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: tensor<4xf32>):
    vpool.yield %a0 : tensor<4xf32>
  }
  func.return %b : tensor<4xf32>
}

// CHECK-LABEL: func.func @main
// CHECK-NEXT:    %a = vpool.kernel "conv1" ins(%x : tensor<4xf32>) -> tensor<4xf32> schedule <"direct", order = ["oc", "oh", "ow"], block = [1, 4], isa = "armv7e-m"> {
// CHECK:         %b = vpool.kernel "relu" ins(%a : tensor<4xf32>) -> tensor<4xf32> {

// BOTH-LABEL: func.func @main
// BOTH-NEXT:    %a = vpool.kernel "conv1" ins(%x : tensor<4xf32>) -> tensor<4xf32> schedule <"direct", order = ["oc", "oh", "ow"], block = [1, 4], isa = "armv7e-m"> {
// BOTH:         %b = vpool.kernel "relu" ins(%a : tensor<4xf32>) -> tensor<4xf32> schedule <"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable"> {

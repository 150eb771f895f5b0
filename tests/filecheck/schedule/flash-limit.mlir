// RUN: nnopt-opt %s -p 'schedule{algorithm=auto block=2,2 isa="armv7e-m" flash-limit=10000}' | filecheck %s --check-prefix=ROOM
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto block=2,2 isa="armv7e-m" flash-limit=1500}' | filecheck %s --check-prefix=LESS
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto block=2,2 isa="armv7e-m" flash-limit=1100}' | filecheck %s --check-prefix=LEAST
// RUN: not nnopt-opt %s -p 'schedule{algorithm=auto block=2,2 isa="armv7e-m" flash-limit=100}' 2>&1 | filecheck %s --check-prefix=ERROR

func.func @main(%x: tensor<1x64xi8>) -> tensor<1x8xi8> {
  %w = nn.constant {value = dense<1> : tensor<8x64xi8>} : tensor<8x64xi8>
  %b = nn.constant {value = dense<10> : tensor<8xi32>} : tensor<8xi32>
  %q = vpool.kernel "dense" ins(%x, %w, %b : tensor<1x64xi8>, tensor<8x64xi8>, tensor<8xi32>) -> tensor<1x8xi8> {
  ^bb0(%x0: tensor<1x64xi8>, %w0: tensor<8x64xi8>, %b0: tensor<8xi32>):
    %a = nn.fully_connected %x0, %w0, %b0 {input_zero_point = 3 : i32} : (tensor<1x64xi8>, tensor<8x64xi8>, tensor<8xi32>) -> tensor<1x8xi32>
    %r = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 33>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8xi32> -> tensor<1x8xi8>
    vpool.yield %r : tensor<1x8xi8>
  }
  func.return %q : tensor<1x8xi8>
}
// ROOM:  schedule <"lanes", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m">
// LESS:  schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m">
// LEAST: schedule <"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "armv7e-m">
// ERROR: schedule: about 834 bytes of flash are needed at least (544 of them constants), the limit is 100

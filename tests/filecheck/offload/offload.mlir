// RUN: python %S/../../support/engine_opt.py %s -p 'offload{to="matrix-engine" cost=false}' --verify-each-semantics random | filecheck %s
// RUN: python %S/../../support/engine_opt.py %s -p 'offload{to="matrix-engine"}' | filecheck %s --check-prefix=COST
// RUN: python %S/../../support/engine_opt.py %s -p 'offload{to="matrix-engine:scratchpad=28" cost=false}' | filecheck %s --check-prefix=SMALL
// RUN: python %S/../../support/engine_opt.py %s -p offload | filecheck %s --check-prefix=NONE

// A product and its rescaling are claimed with their constants; the sum that follows is not.
// CHECK: accel.decisions = [{node = "dense", where = "matrix-engine", why = "{{.*}} cycles estimated, {{.*}} on the processor"}, {node = "sum", where = "cpu", why = "not claimed by matrix-engine"}]
// CHECK: func.func @main(%x: tensor<1x8xi8>)
// CHECK-NEXT: %q = accel.offload "matrix-engine" {} ins(%x : tensor<1x8xi8>) -> tensor<1x2xi8> {
// CHECK-NEXT: ^bb0(%[[X:.*]]: tensor<1x8xi8>):
// CHECK:        nn.fully_connected %[[X]]
// CHECK:        %[[Q:.*]] = fxp.requantize
// CHECK-NEXT:   accel.yield %[[Q]] : tensor<1x2xi8>
// CHECK-NEXT: }
// CHECK-NEXT: nn.maximum %q

// Eight products are not worth it, nor do they fit in 28 bytes.
// COST: node = "dense", where = "cpu", why = "matrix-engine: not worth it: {{.*}} cycles estimated, {{.*}} on the processor"
// COST-NOT: accel.offload
// SMALL: node = "dense", where = "cpu", why = "matrix-engine: one pixel and one channel do not fit in {{[0-9]+}} bytes"
// SMALL-NOT: accel.offload

// NONE-NOT: accel
func.func @main(%x: tensor<1x8xi8>) -> tensor<1x2xi8> {
  %w = nn.constant {value = dense<[[1, -2, 3, 4, 5, -6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]]> : tensor<2x8xi8>} : tensor<2x8xi8>
  %b = nn.constant {value = dense<[10, -7]> : tensor<2xi32>} : tensor<2xi32>
  %a = nn.fully_connected %x, %w, %b {input_zero_point = 3 : i32} : (tensor<1x8xi8>, tensor<2x8xi8>, tensor<2xi32>) -> tensor<1x2xi32> loc("dense")
  %q = fxp.requantize %a {multiplier = array<i32: 1342177280>, shift = array<i32: 34>, zero_point = -5 : i32, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x2xi32> -> tensor<1x2xi8> loc("dense")
  %y = nn.maximum %q, %q : (tensor<1x2xi8>, tensor<1x2xi8>) -> tensor<1x2xi8> loc("sum")
  func.return %y : tensor<1x2xi8>
}

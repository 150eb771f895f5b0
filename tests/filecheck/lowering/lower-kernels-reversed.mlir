// RUN: nnopt-opt %s -p lower-kernels -t c | filecheck %s

// A reversed schedule: loops over outputs count down, those over the window do not.
func.func @main(%x: memref<8xi8> {vpool.role = "input", vpool.tensor = tensor<1x1x8x1xi8>},
    %y: memref<7xi8> {vpool.role = "output", vpool.tensor = tensor<1x1x7x1xi8>},
    %arena: memref<0xi8> {vpool.role = "arena"}) {
  vpool.launch "pool" ins(%x : memref<8xi8>) outs(%y : memref<7xi8>)
      schedule <"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", reversed> {
  ^bb0(%a: tensor<1x1x8x1xi8>):
    %m = nn.max_pool2d %a {kernel = array<i64: 1, 2>} : tensor<1x1x8x1xi8> -> tensor<1x1x7x1xi8>
    vpool.yield %m : tensor<1x1x7x1xi8>
  }
  func.return
}

// CHECK-LABEL: static void net_pool(
// CHECK:         for (int32_t ow = 6; ow >= 0; ow--) {
// CHECK:           for (int32_t kw = 0; kw < 2; kw++) {
// CHECK-NEXT:        acc = nnopt_max_i32(acc, x[ow + kw]);
// CHECK:           out[ow] = (int8_t)acc;

// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

"test.op"() {
  plain = #vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable">,
  dual = #vpool.schedule<"direct", order = ["oc", "ow", "oh"], block = [8, 2], isa = "armv7e-m">,
  tiled = #vpool.schedule<"patches", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", tile = [1, 4]>,
  back = #vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", reversed>
} : () -> ()

// CHECK:      builtin.module {
// CHECK-NEXT:   "test.op"() {plain = #vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable">, dual = #vpool.schedule<"direct", order = ["oc", "ow", "oh"], block = [8, 2], isa = "armv7e-m">, tiled = #vpool.schedule<"patches", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", tile = [1, 4]>, back = #vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", reversed>} : () -> ()
// CHECK-NEXT: }

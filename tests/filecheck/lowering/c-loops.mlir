// RUN: nnopt-opt %s -t c | filecheck %s

// Values are expressions, unless they are used twice or memory changes before their use.
func.func private @statements(%x: memref<4xi32>, %out: memref<4xi8>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %4 = arith.constant 4 : index
  %a = vpool.load %x[%0] : memref<4xi32> -> i32
  %b = vpool.load %x[%1] : memref<4xi32> -> i32
  %twice = arith.addi %a, %b : i32
  %square = arith.muli %twice, %twice : i32
  vpool.store %square, %out[%0] : i32, memref<4xi8>
  %before = vpool.load %out[%0] : memref<4xi8> -> i32
  vpool.store %b, %out[%0] : i32, memref<4xi8>
  vpool.store %before, %out[%1] : i32, memref<4xi8>
  func.return
}

// CHECK-LABEL: static void net_statements(const int32_t *x, int8_t *out)
// CHECK-NEXT:  {
// CHECK-NEXT:      const int32_t b = x[1];
// CHECK-NEXT:      const int32_t twice = x[0] + b;
// CHECK-NEXT:      out[0] = (int8_t)(twice * twice);
// CHECK-NEXT:      const int32_t before = out[0];
// CHECK-NEXT:      out[0] = (int8_t)b;
// CHECK-NEXT:      out[1] = (int8_t)before;
// CHECK-NEXT:  }

// Carried values are variables; those that change places are saved first.
func.func private @carried(%x: memref<4xi32>, %out: memref<4xi8>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %4 = arith.constant 4 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %p, %q = scf.for %i = %0 to %4 step %1 iter_args(%a = %zero, %b = %one) -> (i32, i32) {
    %sum = arith.addi %a, %b : i32
    scf.yield %b, %sum : i32, i32
  }
  %larger = arith.cmpi sgt, %p, %q : i32
  %chosen = scf.if %larger -> (i32) {
    scf.yield %p : i32
  } else {
    scf.yield %q : i32
  }
  vpool.store %chosen, %out[%0] : i32, memref<4xi8>
  func.return
}

// CHECK-LABEL: static void net_carried(const int32_t *x, int8_t *out)
// CHECK-NEXT:  {
// CHECK-NEXT:      (void)x;
// CHECK-NEXT:      int32_t a = 0;
// CHECK-NEXT:      int32_t b = 1;
// CHECK-NEXT:      for (int32_t i = 0; i < 4; i++) {
// CHECK-NEXT:          const int32_t next = a + b;
// CHECK-NEXT:          a = b;
// CHECK-NEXT:          b = next;
// CHECK-NEXT:      }
// CHECK-NEXT:      int32_t chosen;
// CHECK-NEXT:      if (a > b) {
// CHECK-NEXT:          chosen = a;
// CHECK-NEXT:      } else {
// CHECK-NEXT:          chosen = b;
// CHECK-NEXT:      }
// CHECK-NEXT:      out[0] = (int8_t)chosen;
// CHECK-NEXT:  }

func.func @main(%x: memref<4xi32> {vpool.role = "input", vpool.tensor = tensor<4xi32>}, %out: memref<4xi8> {vpool.role = "output", vpool.tensor = tensor<4xi8>}, %arena: memref<0xi8> {vpool.role = "arena"}) {
  func.call @statements(%x, %out) {nn.output = 1 : i64, nn.tensor = tensor<4xi8>} : (memref<4xi32>, memref<4xi8>) -> ()
  func.call @carried(%x, %out) {nn.output = 1 : i64, nn.tensor = tensor<4xi8>} : (memref<4xi32>, memref<4xi8>) -> ()
  func.return
}

// RUN: nnopt-opt %s -p 'strip-inputs{rows=2}' | filecheck %s
// RUN: nnopt-opt %s -p 'strip-inputs{rows=2}' --verify-each-semantics random | filecheck %s
// RUN: nnopt-opt %s -p 'strip-inputs{rows=2},place,lower-kernels' | filecheck %s --check-prefix LOOPS
// RUN: nnopt-opt %s -p 'strip-inputs{rows=2},place,lower-kernels' -t c | filecheck %s --check-prefix C
// RUN: not nnopt-opt %s -p 'strip-inputs{rows=0}' 2>&1 | filecheck %s --check-prefix ROWS
// RUN: not nnopt-opt %s -p 'strip-inputs,strip-inputs' 2>&1 | filecheck %s --check-prefix TWICE

// The image comes two rows at a time, into a ring of four: a window needs three.
func.func @main(%x: tensor<1x7x5x2xi8>) -> tensor<1x7x5x4xi8> {
  %w = nn.constant {value = dense<3> : tensor<4x3x3x2xi8>} : tensor<4x3x3x2xi8>
  %b = nn.constant {value = dense<7> : tensor<4xi32>} : tensor<4xi32>
  %p = vpool.kernel "a" ins(%x, %w, %b : tensor<1x7x5x2xi8>, tensor<4x3x3x2xi8>, tensor<4xi32>)
      -> tensor<1x7x5x4xi8> {
  ^bb0(%x0: tensor<1x7x5x2xi8>, %w0: tensor<4x3x3x2xi8>, %b0: tensor<4xi32>):
    %c = nn.conv2d %x0, %w0, %b0 {pads = array<i64: 1, 1, 1, 1>}
        : (tensor<1x7x5x2xi8>, tensor<4x3x3x2xi8>, tensor<4xi32>) -> tensor<1x7x5x4xi32>
    %q = fxp.requantize %c {multiplier = array<i32: 1073741824>, shift = array<i32: 35>,
        rounding = "half_even", min = -128 : i32, max = 127 : i32}
        : tensor<1x7x5x4xi32> -> tensor<1x7x5x4xi8>
    vpool.yield %q : tensor<1x7x5x4xi8>
  }
  func.return %p : tensor<1x7x5x4xi8>
}

// CHECK:         func.func @main(%x: tensor<1x7x5x2xi8> {nn.strips = array<i64: 2, 7>})
// CHECK:         vpool.kernel "a" ins(%x, %w, %b : {{.+}}) -> tensor<1x7x5x4xi8> schedule <"rows",
// CHECK:           %rows = vpool.fetch %x0 {rows = 2 : i64}
// CHECK-NEXT:      nn.conv2d %rows,

// LOOPS-LABEL:   func.func private @a(%x: memref<70xi8, "rows">,
// LOOPS:           vpool.read_rows %x[%row0, %{{.+}}] to %scratch[%{{.+}}] {width = 10 : i64}
// LOOPS-LABEL:   func.func @main(%x: memref<70xi8, "rows"> {{{.*}}vpool.role = "input"

// C:             typedef int net_row_reader(void *context, int row, int count, int8_t *rows);
// C:             static void net_a(net_source *x,
// C:               for (int32_t row0 = rows0; row0 < rows0_end; row0 += 2) {
// C-NEXT:              net_fetch(x, row0, nnopt_min_i32(2, 7 - row0), scratch + row0 % 4 * 10);
// C:             int net_run(net_row_reader *read_rows, void *context, int8_t *out, void *arena)
// C:               net_source x = {read_rows, context, 0};
// C:               net_a(&x,
// C-NEXT:          if (x.status != 0) {
// C-NEXT:              return x.status;

// ROWS:          strip-inputs: rows must be positive, found 0
// TWICE:         strip-inputs: input arg0 is read by a; only one convolution of one image can take it row by row

// RUN: nnopt-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: (C1) algorithm must be one of direct, lanes, planes, one-plane, blocks, reals, vectors, words, unpacked, rows, row-groups, groups-again, patches, found winograd
"test.op"() {a = #vpool.schedule<"winograd", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable">} : () -> ()

// -----

// CHECK: (C2) order must be a permutation of oh, ow, oc, found ['oh', 'oh', 'oc']
"test.op"() {a = #vpool.schedule<"direct", order = ["oh", "oh", "oc"], block = [1, 1], isa = "portable">} : () -> ()

// -----

// CHECK: (C5) a tile is two positive sizes, of patches only, found [1, 2]
"test.op"() {a = #vpool.schedule<"rows", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", tile = [1, 2]>} : () -> ()

// -----

// CHECK: (C5) a tile is two positive sizes, of patches only, found [1, 0]
"test.op"() {a = #vpool.schedule<"patches", order = ["oh", "ow", "oc"], block = [1, 1], isa = "portable", tile = [1, 0]>} : () -> ()

// -----

// CHECK: (C3) block must be two numbers from 1 to 8
"test.op"() {a = #vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1, 9], isa = "portable">} : () -> ()

// -----

// CHECK: (C3) block must be two numbers from 1 to 8
"test.op"() {a = #vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1], isa = "portable">} : () -> ()

// -----

// CHECK: (C4) isa must be one of portable, armv7e-m, helium, rv32im, found avx
"test.op"() {a = #vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1, 1], isa = "avx">} : () -> ()

// -----

// CHECK: (C1) region must have one argument per input: 1 expected, 0 found
func.func @kernel_arguments(%x: tensor<4xf32>) {
  %y = vpool.kernel "k" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
    %c = nn.constant {value = dense<0.0> : tensor<4xf32>} : tensor<4xf32>
    vpool.yield %c : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: (C1) region argument has type tensor<2x2xf32>, expected tensor<4xf32>
func.func @kernel_argument_types(%x: tensor<4xf32>) {
  %y = vpool.kernel "k" ins(%x : tensor<4xf32>) -> tensor<2x2xf32> {
  ^bb0(%a: tensor<2x2xf32>):
    vpool.yield %a : tensor<2x2xf32>
  }
  func.return
}

// -----

// CHECK: (C2) region must end in vpool.yield
func.func @kernel_terminator(%x: tensor<4xf32>) {
  %y = vpool.kernel "k" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    "test.termop"(%a) : (tensor<4xf32>) -> ()
  }
  func.return
}

// -----

// CHECK: (C3) region must yield one value per output: 1 expected, 2 found
func.func @kernel_yields(%x: tensor<4xf32>) {
  %y = vpool.kernel "k" ins(%x : tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    vpool.yield %a, %a : tensor<4xf32>, tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: (C3) region yields tensor<4xf32>, expected tensor<2x2xf32>
func.func @kernel_yield_types(%x: tensor<4xf32>) {
  %y = vpool.kernel "k" ins(%x : tensor<4xf32>) -> tensor<2x2xf32> {
  ^bb0(%a: tensor<4xf32>):
    vpool.yield %a : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: (C1) region must have one argument per input: 1 expected, 0 found
func.func @launch_arguments(%x: memref<4xf32>) {
  vpool.launch "k" ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) {
    %c = nn.constant {value = dense<0.0> : tensor<4xf32>} : tensor<4xf32>
    vpool.yield %c : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: (C2) region must end in vpool.yield
func.func @launch_terminator(%x: memref<4xf32>) {
  vpool.launch "k" ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    "test.termop"(%a) : (tensor<4xf32>) -> ()
  }
  func.return
}

// -----

// CHECK: (C3) region must yield one value per output: 2 expected, 1 found
func.func @launch_yields(%x: memref<4xf32>, %y: memref<4xf32>) {
  vpool.launch "k" ins(%x : memref<4xf32>) outs(%x, %y : memref<4xf32>, memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    vpool.yield %a : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: (C4) input tensor<4xf32> does not fit its memory memref<4xi32>: element type and number of elements must be equal
func.func @launch_element_type(%x: memref<4xi32>, %y: memref<4xf32>) {
  vpool.launch "k" ins(%x : memref<4xi32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    vpool.yield %a : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: (C4) output tensor<4xf32> does not fit its memory memref<5xf32>: element type and number of elements must be equal
func.func @launch_size(%x: memref<4xf32>, %y: memref<5xf32>) {
  vpool.launch "k" ins(%x : memref<4xf32>) outs(%y : memref<5xf32>) {
  ^bb0(%a: tensor<4xf32>):
    vpool.yield %a : tensor<4xf32>
  }
  func.return
}

// -----

// CHECK: (C4) input must be a tensor inside the region, found f32
func.func @launch_scalar(%x: memref<1xf32>) {
  vpool.launch "k" ins(%x : memref<1xf32>) outs(%x : memref<1xf32>) {
  ^bb0(%a: f32):
    vpool.yield %a : f32
  }
  func.return
}

// -----

// CHECK: (C5) memory must be flat, found memref<2x2xf32>
func.func @launch_dimensions(%x: memref<2x2xf32>) {
  vpool.launch "k" ins(%x : memref<2x2xf32>) outs(%x : memref<2x2xf32>) {
  ^bb0(%a: tensor<2x2xf32>):
    vpool.yield %a : tensor<2x2xf32>
  }
  func.return
}

// -----

// CHECK: (C1) bytes 20 to 36 lie outside the arena of 32 bytes
func.func @view_end(%arena: memref<32xi8>) {
  %a = vpool.view %arena[20] : memref<32xi8> to memref<4xf32>
  func.return
}

// -----

// CHECK: (C1) bytes -4 to 12 lie outside the arena of 32 bytes
func.func @view_begin(%arena: memref<32xi8>) {
  %a = vpool.view %arena[-4] : memref<32xi8> to memref<4xf32>
  func.return
}

// -----

// CHECK: (C2) offset 6 is not aligned for f32
func.func @view_alignment(%arena: memref<32xi8>) {
  %a = vpool.view %arena[6] : memref<32xi8> to memref<4xf32>
  func.return
}

// -----

// CHECK: (C3) expected flat bytes as arena, found memref<8xf32> to memref<4xf32>
func.func @view_arena(%arena: memref<8xf32>) {
  %a = vpool.view %arena[0] : memref<8xf32> to memref<4xf32>
  func.return
}

// -----

// CHECK: (C1) memory must be flat, found memref<2x2xf32>
func.func @load_dimensions(%x: memref<2x2xf32>, %i: index) {
  %v = vpool.load %x[%i] : memref<2x2xf32> -> f32
  func.return
}

// -----

// CHECK: (C2) result must be i32, found i8
func.func @load_type(%x: memref<4xi8>, %i: index) {
  %v = vpool.load %x[%i] : memref<4xi8> -> i8
  func.return
}

// -----

// CHECK: (C1) memory must be flat, found memref<2x2xf32>
func.func @store_dimensions(%x: memref<2x2xf32>, %i: index, %v: f32) {
  vpool.store %v, %x[%i] : f32, memref<2x2xf32>
  func.return
}

// -----

// CHECK: (C2) value must be i32, found i64
func.func @store_type(%x: memref<4xi16>, %i: index, %v: i64) {
  vpool.store %v, %x[%i] : i64, memref<4xi16>
  func.return
}

// -----

// CHECK: (C3) rows have to be read before elements of them are loaded
func.func @load_rows(%x: memref<4xi8, "rows">, %i: index) {
  %v = vpool.load %x[%i] : memref<4xi8, "rows"> -> i32
  func.return
}

// -----

// CHECK: (C6) rows have to be fetched before they are used
func.func @launch_rows(%x: memref<4xi8, "rows">, %y: memref<4xi8>) {
  vpool.launch "relu" ins(%x : memref<4xi8, "rows">) outs(%y : memref<4xi8>) {
  ^bb0(%a: tensor<4xi8>):
    %r = nn.relu %a : tensor<4xi8> -> tensor<4xi8>
    vpool.yield %r : tensor<4xi8>
  }
  func.return
}

// -----

// CHECK: (C1) one image expected, found shape [2, 4, 2, 3]
func.func @fetch_images(%x: tensor<2x4x2x3xi8>) {
  %r = vpool.fetch %x {rows = 1 : i64} : tensor<2x4x2x3xi8> -> tensor<2x4x2x3xi8>
  func.return
}

// -----

// CHECK: (C2) rows must be from 1 to 4, found 5
func.func @fetch_rows(%x: tensor<1x4x2x3xi8>) {
  %r = vpool.fetch %x {rows = 5 : i64} : tensor<1x4x2x3xi8> -> tensor<1x4x2x3xi8>
  func.return
}

// -----

// CHECK: (C3) result must be tensor<1x4x2x3xi8>, found tensor<1x4x3x2xi8>
func.func @fetch_type(%x: tensor<1x4x2x3xi8>) {
  %r = vpool.fetch %x {rows = 1 : i64} : tensor<1x4x2x3xi8> -> tensor<1x4x3x2xi8>
  func.return
}

// -----

// CHECK: (C1) expected memory "rows" to other, found memref<24xi8>, memref<12xi8>
func.func @read_source(%s: memref<24xi8>, %m: memref<12xi8>, %i: index) {
  vpool.read_rows %s[%i, %i] to %m[%i] {width = 6 : i64} : memref<24xi8>, memref<12xi8>
  func.return
}

// -----

// CHECK: (C2) flat memory of equal elements expected, found memref<12xi16>
func.func @read_elements(%s: memref<24xi8, "rows">, %m: memref<12xi16>, %i: index) {
  vpool.read_rows %s[%i, %i] to %m[%i] {width = 6 : i64} : memref<24xi8, "rows">, memref<12xi16>
  func.return
}

// -----

// CHECK: (C3) width must be positive, found 0
func.func @read_width(%s: memref<24xi8, "rows">, %m: memref<12xi8>, %i: index) {
  vpool.read_rows %s[%i, %i] to %m[%i] {width = 0 : i64} : memref<24xi8, "rows">, memref<12xi8>
  func.return
}

// -----

// CHECK: (C1) bias and result must be tensor<3xi32>
func.func @unshift_bias(%b: tensor<4xi32>, %w: tensor<3x4xi8>) {
  %r = vpool.unshift_bias %b, %w {zero_point = 3 : i64} : tensor<4xi32>, tensor<3x4xi8> -> tensor<4xi32>
  func.return
}

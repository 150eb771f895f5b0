// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},pack-weights' | filecheck %s
// RUN: nnopt-opt %s -p 'schedule{algorithm=auto isa="armv7e-m"},pack-weights,place,lower-kernels' | filecheck %s --check-prefix=LOOPS

// A row of a depthwise window (1, 2, 3) is packed as 1, 2, 2, 3: the pairs (1, 2) and (2, 3).
func.func @main(%x: tensor<1x1x6x2xi8>) -> tensor<1x1x6x2xi32> {
  %w = nn.constant {value = dense<[[[[1], [2], [3]]], [[[4], [5], [6]]]]> : tensor<2x1x3x1xi8>} : tensor<2x1x3x1xi8>
  %b = nn.constant {value = dense<[10, 20]> : tensor<2xi32>} : tensor<2xi32>
  %q = vpool.kernel "dw" ins(%x, %w, %b : tensor<1x1x6x2xi8>, tensor<2x1x3x1xi8>, tensor<2xi32>) -> tensor<1x1x6x2xi32> {
  ^bb0(%x0: tensor<1x1x6x2xi8>, %w0: tensor<2x1x3x1xi8>, %b0: tensor<2xi32>):
    %a = nn.conv2d %x0, %w0, %b0 {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64, input_zero_point = -128 : i32} : (tensor<1x1x6x2xi8>, tensor<2x1x3x1xi8>, tensor<2xi32>) -> tensor<1x1x6x2xi32>
    vpool.yield %a : tensor<1x1x6x2xi32>
  }
  func.return %q : tensor<1x1x6x2xi32>
}
// CHECK:       dense<[1, 2, 2, 3, 4, 5, 5, 6]> : tensor<8xi8>
// CHECK:       schedule <"planes",
// CHECK:       vpool.unpack %{{.*}} {layout = "planes"} : tensor<8xi8> -> tensor<2x1x3x1xi8>

// LOOPS:       dsp.planes %x[%{{.*}}], %scratch[%{{.*}}] {pixels = 6 : i64, channels = 2 : i64, depth = 2 : i64, plane = 8 : i64, lead = 1 : i64, zero_point = -128 : i64}
// LOOPS:       dsp.load_pair %scratch[%{{.*}}] : memref<32xi16>
// LOOPS:       dsp.smlabt
// LOOPS:       dsp.smlatb

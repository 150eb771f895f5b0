// RUN: nnopt-opt %s -p 'schedule{block=1,1}',lower-kernels | filecheck %s --check-prefix PLAIN
// RUN: nnopt-opt %s -p 'schedule{block=1,2 isa="armv7e-m"}',lower-kernels | filecheck %s --check-prefix DUAL

// A pointwise convolution: two instruction sets for the same inner loop, zero points folded into it.
func.func @main(%x: memref<12xi8>, %w: memref<8xi8>, %b: memref<2xi32>, %y: memref<6xi32>) {
  vpool.launch "conv" ins(%x, %w, %b : memref<12xi8>, memref<8xi8>, memref<2xi32>) outs(%y : memref<6xi32>) {
  ^bb0(%x0: tensor<1x1x3x4xi8>, %w0: tensor<2x1x1x4xi8>, %b0: tensor<2xi32>):
    %a = nn.conv2d %x0, %w0, %b0 {input_zero_point = 3 : i32} : (tensor<1x1x3x4xi8>, tensor<2x1x1x4xi8>, tensor<2xi32>) -> tensor<1x1x3x2xi32>
    vpool.yield %a : tensor<1x1x3x2xi32>
  }
  func.return
}

// One product after the other, x minus its zero point.
// PLAIN-LABEL: func.func private @conv(%x: memref<12xi8>, %weights: memref<8xi8>, %bias: memref<2xi32>, %out: memref<6xi32>)
// PLAIN:         scf.for %ow
// PLAIN:           scf.for %oc
// PLAIN:             vpool.load %bias
// PLAIN:             scf.for %i
// PLAIN:               [[X:%\w+]] = vpool.load %x
// PLAIN:               [[M:%\w+]] = arith.subi [[X]],
// PLAIN:               [[W:%\w+]] = vpool.load %weights
// PLAIN:               arith.muli [[M]], [[W]]
// PLAIN:               arith.addi
// PLAIN:             vpool.store

// Four products at a time for both channels; -131075 is -3 in both lanes.
// DUAL-LABEL: func.func private @conv
// DUAL:         [[X:%\w+]] = dsp.load_x4 %x
// DUAL:         [[Z:%\w+]] = arith.constant -131075 : i32
// DUAL:         dsp.sxtab16 [[Z]], [[X]]
// DUAL-NEXT:    dsp.sxtab16 [[Z]], [[X]] {rotation = 8 : i64}
// DUAL:         dsp.load_x4 %weights
// DUAL:         dsp.load_x4 %weights
// DUAL-COUNT-4: dsp.smlad
// DUAL-NOT:     dsp.smlad
// DUAL:         vpool.store
// DUAL:         vpool.store

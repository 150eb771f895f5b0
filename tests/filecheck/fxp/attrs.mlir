// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

// Scales come out with the fewest digits that read back as the same float64.

"test.op"() {
  a = !fxp.affine<i8, 0.0039215689:-128>,
  b = !fxp.affine<ui8, 0.1000000000000000055511151231257827:255>,
  c = !fxp.affine<i16, 1:0>,
  d = !fxp.affine<i32, 1.0e-07:0>,
  e = !fxp.affine<ui16, 2.5e+20:65535>,
  f = !fxp.affine<i8:0, {0.1:0, 0.2:-3}>,
  g = tensor<2x3x!fxp.affine<i8:1, {0.5:0, 0.25:0, 0.125:0}>>,
  h = !fxp.fixed<i8, 5>,
  i = !fxp.fixed<i16, -3>
} : () -> ()

// CHECK:      a = !fxp.affine<i8, 0.0039215689:-128>,
// CHECK-SAME: b = !fxp.affine<ui8, 0.1:255>,
// CHECK-SAME: c = !fxp.affine<i16, 1.0:0>,
// CHECK-SAME: d = !fxp.affine<i32, 1.0e-07:0>,
// CHECK-SAME: e = !fxp.affine<ui16, 2.5e+20:65535>,
// CHECK-SAME: f = !fxp.affine<i8:0, {0.1:0, 0.2:-3}>,
// CHECK-SAME: g = tensor<2x3x!fxp.affine<i8:1, {0.5:0, 0.25:0, 0.125:0}>>,
// CHECK-SAME: h = !fxp.fixed<i8, 5>,
// CHECK-SAME: i = !fxp.fixed<i16, -3>

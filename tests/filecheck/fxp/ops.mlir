// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

// CHECK-LABEL: @levels
func.func @levels(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // CHECK: fxp.quantize %{{.*}} : tensor<1x4xf32> -> tensor<1x4x!fxp.affine<i8, 0.5:-1>>
  %q = fxp.quantize %x : tensor<1x4xf32> -> tensor<1x4x!fxp.affine<i8, 0.5:-1>>
  // CHECK: fxp.storage_cast %{{.*}} : tensor<1x4x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4xi8>
  %i = fxp.storage_cast %q : tensor<1x4x!fxp.affine<i8, 0.5:-1>> -> tensor<1x4xi8>
  // CHECK: fxp.storage_cast %{{.*}} : tensor<1x4xi8> -> tensor<1x4x!fxp.fixed<i8, 5>>
  %r = fxp.storage_cast %i : tensor<1x4xi8> -> tensor<1x4x!fxp.fixed<i8, 5>>
  // CHECK: fxp.dequantize %{{.*}} : tensor<1x4x!fxp.fixed<i8, 5>> -> tensor<1x4xf32>
  %y = fxp.dequantize %r : tensor<1x4x!fxp.fixed<i8, 5>> -> tensor<1x4xf32>
  func.return %y : tensor<1x4xf32>
}

// CHECK-LABEL: @integers
func.func @integers(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xi8>, tensor<1x2xui8>) {
  // CHECK: fxp.from_real %{{.*}} {scale = 5.000000e-01 : f32, zero_point = -1 : i32} : tensor<1x2xf32> -> tensor<1x2xi8>
  %q = fxp.from_real %x {scale = 0.5 : f32, zero_point = -1 : i32} : tensor<1x2xf32> -> tensor<1x2xi8>
  // CHECK: fxp.to_real %{{.*}} {scale = 5.000000e-01 : f32} : tensor<1x2xi8> -> tensor<1x2xf32>
  %y = fxp.to_real %q {scale = 0.5 : f32} : tensor<1x2xi8> -> tensor<1x2xf32>
  // CHECK: fxp.widen %{{.*}} {zero_point = -1 : i32, multiplier = 3 : i32} : tensor<1x2xi8> -> tensor<1x2xi32>
  %w = fxp.widen %q {zero_point = -1 : i32, multiplier = 3 : i32} : tensor<1x2xi8> -> tensor<1x2xi32>
  // CHECK: fxp.requantize %{{.*}} {multiplier = array<i32: 1717986918, 1073741824>, shift = array<i32: 34, 31>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi32> -> tensor<1x2xi8>
  %z = fxp.requantize %w {multiplier = array<i32: 1717986918, 1073741824>, shift = array<i32: 34, 31>, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi32> -> tensor<1x2xi8>
  // CHECK: fxp.lookup %{{.*}} {table = dense<7> : tensor<256xui8>} : tensor<1x2xi8> -> tensor<1x2xui8>
  %t = fxp.lookup %q {table = dense<7> : tensor<256xui8>} : tensor<1x2xi8> -> tensor<1x2xui8>
  // CHECK: fxp.from_real %{{.*}} {scale = 5.000000e-01 : f32, rounding = "half_away"} : tensor<1x2xf32> -> tensor<1x2xi8>
  %away = fxp.from_real %x {scale = 0.5 : f32, rounding = "half_away"} : tensor<1x2xf32> -> tensor<1x2xi8>
  // CHECK: fxp.interpolate %{{.*}} {table = dense<7> : tensor<65xi16>, left = 2 : i32} : tensor<1x2xi16> -> tensor<1x2xi16>
  %wide16 = "test.op"() : () -> tensor<1x2xi16>
  %line = fxp.interpolate %wide16 {table = dense<7> : tensor<65xi16>, left = 2 : i32} : tensor<1x2xi16> -> tensor<1x2xi16>

  %gates = "test.op"() : () -> tensor<4x2xi8>
  %bias4 = "test.op"() : () -> tensor<4xi32>
  %steps = "test.op"() : () -> tensor<3x1x2xi8>
  %own1 = "test.op"() : () -> tensor<4x1xi8>
  %h0 = "test.op"() : () -> tensor<1x1xi16>
  %c0 = "test.op"() : () -> tensor<1x1xi32>
  // CHECK: fxp.recurrent %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} cell %{{.*}} {cell = "lstm", given_multiplier = array<i32: 1, 1, 1, 1>,
  // CHECK-SAME: -> tensor<1x1xi16>, tensor<4xi16> cell tensor<1x1xi32> sequence tensor<3x1x1xi8>
  %hn, %work, %cn, %all = fxp.recurrent %steps, %gates, %own1, %bias4, %h0 cell %c0 {cell = "lstm",
      given_multiplier = array<i32: 1, 1, 1, 1>, given_shift = array<i32: 2, 2, 2, 2>,
      own_multiplier = array<i32: 1, 1, 1, 1>, own_shift = array<i32: 3, 3, 3, 3>}
      : (tensor<3x1x2xi8>, tensor<4x2xi8>, tensor<4x1xi8>, tensor<4xi32>, tensor<1x1xi16> cell tensor<1x1xi32>)
      -> tensor<1x1xi16>, tensor<4xi16> cell tensor<1x1xi32> sequence tensor<3x1x1xi8>

  // CHECK: fxp.softmax %{{.*}} {table = dense<2147483647> : tensor<256xi32>} : tensor<1x2xi8> -> tensor<1x2xi8>
  %p = fxp.softmax %away {table = dense<2147483647> : tensor<256xi32>} : tensor<1x2xi8> -> tensor<1x2xi8>
  func.return %y, %z, %t : tensor<1x2xf32>, tensor<1x2xi8>, tensor<1x2xui8>
}

// CHECK-LABEL: @scalars
func.func @scalars(%acc: i32, %wide: i64, %m: i32, %s: i32, %x: f32) -> (i32, i32, f32) {
  // CHECK: fxp.apply_scale %{{.*}}, %{{.*}}, %{{.*}} {rounding = "double"} : i32
  %a = fxp.apply_scale %acc, %m, %s {rounding = "double"} : i32
  // CHECK: fxp.apply_scale %{{.*}}, %{{.*}}, %{{.*}} {rounding = "half_even"} : i64
  %b = fxp.apply_scale %wide, %m, %s {rounding = "half_even"} : i64
  // CHECK: fxp.rounding_shift %{{.*}}, %{{.*}} {rounding = "half_up"} : i64
  %r = fxp.rounding_shift %wide, %s {rounding = "half_up"} : i64
  // CHECK: fxp.saturate %{{.*}} {min = -128 : i32, max = 127 : i32} : i32
  %c = fxp.saturate %a {min = -128 : i32, max = 127 : i32} : i32
  // CHECK: fxp.real_to_int %{{.*}} {scale = 5.000000e-01 : f32, zero_point = 3 : i32, min = -128 : i32, max = 127 : i32}
  %d = fxp.real_to_int %x {scale = 0.5 : f32, zero_point = 3 : i32, min = -128 : i32, max = 127 : i32}
  // CHECK: fxp.int_to_real %{{.*}} {scale = 5.000000e-01 : f32}
  %e = fxp.int_to_real %c {scale = 0.5 : f32}
  func.return %b, %d, %e : i32, i32, f32
}

// CHECK-LABEL: @normalized
func.func @normalized(%x: tensor<2x4xi8>) -> tensor<2x4xi16> {
  // CHECK: fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<2x4xi8> -> tensor<2x4xi16>
  %y = fxp.layer_norm %x {gains = dense<64> : tensor<4xi32>, offsets = dense<8> : tensor<4xi32>, epsilon = 655 : i64, lift = 16 : i32, fraction = 20 : i32, drop = 16 : i32, bits = 8 : i32, zero_point = -3 : i32} : tensor<2x4xi8> -> tensor<2x4xi16>
  func.return %y : tensor<2x4xi16>
}

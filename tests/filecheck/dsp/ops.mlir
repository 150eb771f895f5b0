// RUN: nnopt-opt %s | nnopt-opt | filecheck %s

func.func @instructions(%m: memref<8xi8>, %u: memref<8xui8>, %i: index, %acc: i32) -> i32 {
  %x = dsp.load_x4 %m[%i] : memref<8xi8>
  %w = dsp.load_x4 %u[%i] : memref<8xui8>
  %x02 = dsp.sxtab16 %acc, %x
  %x13 = dsp.sxtab16 %acc, %x {rotation = 8 : i64}
  %w02 = dsp.uxtab16 %acc, %w
  %w13 = dsp.uxtab16 %acc, %w {rotation = 24 : i64}
  %a = dsp.smlad %x02, %w02, %acc
  %b = dsp.smlad %x13, %w13, %a
  func.return %b : i32
}

// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @instructions(%m: memref<8xi8>, %u: memref<8xui8>, %i: index, %acc: i32) -> i32 {
// CHECK-NEXT:     %x = dsp.load_x4 %m[%i] : memref<8xi8>
// CHECK-NEXT:     %w = dsp.load_x4 %u[%i] : memref<8xui8>
// CHECK-NEXT:     %x02 = dsp.sxtab16 %acc, %x
// CHECK-NEXT:     %x13 = dsp.sxtab16 %acc, %x {rotation = 8 : i64}
// CHECK-NEXT:     %w02 = dsp.uxtab16 %acc, %w
// CHECK-NEXT:     %w13 = dsp.uxtab16 %acc, %w {rotation = 24 : i64}
// CHECK-NEXT:     %a = dsp.smlad %x02, %w02, %acc
// CHECK-NEXT:     %b = dsp.smlad %x13, %w13, %a
// CHECK-NEXT:     func.return %b : i32
// CHECK-NEXT:   }
// CHECK-NEXT: }

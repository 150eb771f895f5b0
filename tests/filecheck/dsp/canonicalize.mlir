// RUN: nnopt-opt %s -p canonicalize,cse | filecheck %s

// Instructions on registers are pure: unused ones go, equal ones are one.
func.func @registers(%x: i32, %y: i32) -> i32 {
  %unused = dsp.sxtab16 %x, %y
  %a = dsp.uxtab16 %x, %y {rotation = 8 : i64}
  %b = dsp.uxtab16 %x, %y {rotation = 8 : i64}
  %c = dsp.smlad %a, %b, %x
  func.return %c : i32
}

// CHECK:      builtin.module {
// CHECK-NEXT:   func.func @registers(%x: i32, %y: i32) -> i32 {
// CHECK-NEXT:     %a = dsp.uxtab16 %x, %y {rotation = 8 : i64}
// CHECK-NEXT:     %c = dsp.smlad %a, %a, %x
// CHECK-NEXT:     func.return %c : i32
// CHECK-NEXT:   }
// CHECK-NEXT: }

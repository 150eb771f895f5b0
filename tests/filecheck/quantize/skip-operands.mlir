// RUN: nnopt-opt %s -p 'skip-operands{data="%S/Inputs/follow.npz" threshold=0.01 unit=weights}' | filecheck %s
// RUN: nnopt-opt %s -p 'skip-operands{data="%S/Inputs/follow.npz" threshold=0.01 unit=weights compensate=false}' | filecheck %s --check-prefix=BIAS
// RUN: nnopt-opt %s -p 'skip-operands{data="%S/Inputs/follow.npz" threshold=0.1 unit=channels},drop-channels{multiple=1}' | filecheck %s --check-prefix=CHANNELS
// RUN: nnopt-opt %s -p 'skip-operands{data="%S/Inputs/follow.npz" layers="{}"}' | filecheck %s --check-prefix=NONE
// RUN: nnopt-opt %s -p 'skip-operands{data="%S/Inputs/follow.npz" limit=32 budget=0.0}' | filecheck %s --check-prefix=SEARCH
// RUN: not nnopt-opt %s -p 'skip-operands{data="%S/Inputs/follow.npz" unit=taps}' 2>&1 | filecheck %s --check-prefix=UNIT
// RUN: not nnopt-opt %s -p 'skip-operands{data="%S/Inputs/follow.npz" layers="{\"conv\": 1}"}' 2>&1 | filecheck %s --check-prefix=NAME

// The example of the documentation.
func.func @main(%x: tensor<1x4xi8> {nn.name = "x"}) -> tensor<1x1xi32> {
  %w = nn.constant {value = dense<[[9, 7, -5, 3]]> : tensor<1x4xi8>} : tensor<1x4xi8>
  %b = nn.constant {value = dense<100> : tensor<1xi32>} : tensor<1xi32>
  %y = nn.fully_connected %x, %w, %b
      : (tensor<1x4xi8>, tensor<1x4xi8>, tensor<1xi32>) -> tensor<1x1xi32>
  func.return %y : tensor<1x1xi32>
}
// CHECK:      nn.threshold = 1.000000e-02 : f64, nn.skipped = 5.000000e-01 : f64
// CHECK:      dense<{{\[\[}}9, 2, 0, 0]]>
// CHECK:      dense<163> : tensor<1xi32>
// BIAS:       dense<{{\[\[}}9, 7, -5, 0]]>
// BIAS:       dense<163> : tensor<1xi32>
// CHANNELS:   dense<{{\[\[}}9, 7, -5, 0]]>
// NONE:       dense<{{\[\[}}9, 7, -5, 3]]>
// NONE:       dense<100> : tensor<1xi32>
// SEARCH:     nn.threshold = {{[0-9.e+-]+}} : f64
// UNIT:       skip-operands: unit taps is not known: choose one of weights, pairs, channels
// NAME:       skip-operands: no layer whose operands can be skipped is called 'conv'

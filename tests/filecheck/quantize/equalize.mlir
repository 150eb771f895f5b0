// RUN: nnopt-opt %s -p equalize,dce | filecheck %s

// The example of the documentation.
func.func @main(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w1 = nn.constant {value = dense<[[1.0], [64.0]]> : tensor<2x1xf32>} : tensor<2x1xf32>
  %b1 = nn.constant {value = dense<[2.0, 8.0]> : tensor<2xf32>} : tensor<2xf32>
  %w2 = nn.constant {value = dense<[[1.0, 1.0]]> : tensor<1x2xf32>} : tensor<1x2xf32>
  %b2 = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
  %h = nn.fully_connected %x, %w1, %b1 {act_min = 0.0 : f32} : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %y = nn.fully_connected %h, %w2, %b2 : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  func.return %y : tensor<1x1xf32>
}
// CHECK-LABEL: func.func @main
// CHECK-DAG: dense<[[1.000000e+00], [8.000000e+00]]>
// CHECK-DAG: dense<[2.000000e+00, 1.000000e+00]>
// CHECK-DAG: dense<{{\[\[}}1.000000e+00, 8.000000e+00]]>

// A result that two layers or the caller take, and a clamp at a number other than zero, stay.
func.func @shared(%x: tensor<1x1xf32>) -> (tensor<1x1xf32>, tensor<1x2xf32>, tensor<1x1xf32>) {
  %w1 = nn.constant {value = dense<[[1.0], [64.0]]> : tensor<2x1xf32>} : tensor<2x1xf32>
  %b1 = nn.constant {value = dense<[2.0, 8.0]> : tensor<2xf32>} : tensor<2xf32>
  %w2 = nn.constant {value = dense<[[1.0, 1.0]]> : tensor<1x2xf32>} : tensor<1x2xf32>
  %b2 = nn.constant {value = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
  %h = nn.fully_connected %x, %w1, %b1 {act_min = 0.0 : f32} : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %y = nn.fully_connected %h, %w2, %b2 : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %g = nn.fully_connected %x, %w1, %b1 {act_min = 0.0 : f32, act_max = 6.0 : f32} : (tensor<1x1xf32>, tensor<2x1xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %z = nn.fully_connected %g, %w2, %b2 : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  func.return %y, %h, %z : tensor<1x1xf32>, tensor<1x2xf32>, tensor<1x1xf32>
}
// CHECK-LABEL: func.func @shared
// CHECK-NOT: 8.000000e+00]]
// CHECK: func.return

// The network of architecture.md, at the integer level: one convolution and four poolings, whose tensors of
// 144, 108, 180 and 216 bytes every memory strategy places differently.
func.func @main(%x: tensor<1x8x6x4xi8> {nn.name = "x"}) -> (tensor<1x6x3x3xi8> {nn.name = "y"}) {
  %w = nn.constant {value = dense<"0x71202F65144655BA8FCDC95F69820052A24C9FF851CED8C738C17DF2FA01150E027E4E4B331FD77DF7B758A95B1D9E8CF28AA50478F74F6A5221F104C4FFE1C07E8499B2783161B438DFFD811E542AA809C57761B002705935248B3EF998BF0A3A021D5F2FDD25199C9029E3"> : tensor<3x3x3x4xi8>} : tensor<3x3x3x4xi8>
  %b = nn.constant {value = dense<[589, -1062, -1647]> : tensor<3xi32>} : tensor<3xi32>
  %acc = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -3 : i32} : (tensor<1x8x6x4xi8>, tensor<3x3x3x4xi8>, tensor<3xi32>) -> tensor<1x8x6x3xi32>
  %conv = fxp.requantize %acc {multiplier = array<i32: 1518500250, 1610612736, 1288490189>, shift = array<i32: 40, 41, 40>, zero_point = 5 : i32, rounding = "half_even", min = -128 : i32, max = 127 : i32} : tensor<1x8x6x3xi32> -> tensor<1x8x6x3xi8>
  %p1 = nn.max_pool2d %conv {kernel = array<i64: 3, 1>} : tensor<1x8x6x3xi8> -> tensor<1x6x6x3xi8>
  %p2 = nn.max_pool2d %p1 {kernel = array<i64: 5, 1>, pads = array<i64: 4, 0, 4, 0>} : tensor<1x6x6x3xi8> -> tensor<1x10x6x3xi8>
  %p3 = nn.max_pool2d %p2 {kernel = array<i64: 3, 1>, pads = array<i64: 2, 0, 2, 0>} : tensor<1x10x6x3xi8> -> tensor<1x12x6x3xi8>
  %y = nn.max_pool2d %p3 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x12x6x3xi8> -> tensor<1x6x3x3xi8>
  func.return %y : tensor<1x6x3x3xi8>
}

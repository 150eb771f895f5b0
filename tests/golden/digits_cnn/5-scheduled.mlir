builtin.module {
  func.func public @main(%input: tensor<1x1x8x8xf32> {nn.name = "input"} loc(unknown)) -> (tensor<1x10xf32> {nn.name = "output"}) {
    %conv1_bias = nn.constant {value = dense<[0.203626901, 0.151294291, -0.190361366, 0.35527432, 0.0185450744, 0.408236533, 0.241378307, -0.0179362986, 0.215303928, 0.0202881899, -0.209214106, 0.357533425]> : tensor<12xf32>} : tensor<12xf32> loc("/conv1")
    %0 = nn.reshape %input : tensor<1x1x8x8xf32> -> tensor<1x8x8x1xf32> loc("/conv1")
    %1 = nn.constant {value = dense<"sha256:f1578e573390ba13"> : tensor<108xf32>} : tensor<108xf32> loc("/conv1")
    %relu1_output = vpool.kernel "/conv1" ins(%0, %1, %conv1_bias : tensor<1x8x8x1xf32>, tensor<108xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [3, 4], isa = "armv7e-m"> {
    ^bb0(%2: tensor<1x8x8x1xf32> loc(unknown), %3: tensor<108xf32> loc(unknown), %conv1_bias_1: tensor<12xf32> loc(unknown)):
      %conv1_weight = vpool.unpack %3 {layout = "reals-4"} : tensor<108xf32> -> tensor<12x3x3x1xf32> loc("/conv1")
      %relu1_output_1 = nn.conv2d %2, %conv1_weight, %conv1_bias_1 {pads = array<i64: 1, 1, 1, 1>, act_min = 0.000000e+00 : f32} : (tensor<1x8x8x1xf32>, tensor<12x3x3x1xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> loc("/conv1")
      vpool.yield %relu1_output_1 : tensor<1x8x8x12xf32> loc(unknown)
    } loc("/conv1")
    %2 = vpool.kernel "/pool1" ins(%relu1_output : tensor<1x8x8x12xf32>) -> tensor<1x4x4x12xf32> schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%relu1_output_1: tensor<1x8x8x12xf32> loc(unknown)):
      %3 = nn.max_pool2d %relu1_output_1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x8x8x12xf32> -> tensor<1x4x4x12xf32> loc("/pool1")
      vpool.yield %3 : tensor<1x4x4x12xf32> loc(unknown)
    } loc("/pool1")
    %conv2_bias = nn.constant {value = dense<[0.0761666521, 0.0861460939, -0.023710072, -0.00380975381, -0.0278214104, -0.0399132185, -0.0159280412, -0.0334203206, -0.0705147535, 0.106272787, -0.0144263729, 0.00297153322, 0.0307190251, -0.0706811398, 0.00344028533, -0.121681973, -0.193664804, 0.0279918145, -0.0683438852, -6.792040e-02, -0.0648482814, -0.0411863402, -0.0533502661, -0.0942689925]> : tensor<24xf32>} : tensor<24xf32> loc("/conv2")
    %3 = nn.constant {value = dense<"sha256:907f016e5887cf07"> : tensor<2592xf32>} : tensor<2592xf32> loc("/conv2")
    %relu2_output = vpool.kernel "/conv2" ins(%2, %3, %conv2_bias : tensor<1x4x4x12xf32>, tensor<2592xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [2, 4], isa = "armv7e-m"> {
    ^bb0(%4: tensor<1x4x4x12xf32> loc(unknown), %5: tensor<2592xf32> loc(unknown), %conv2_bias_1: tensor<24xf32> loc(unknown)):
      %conv2_weight = vpool.unpack %5 {layout = "reals-4"} : tensor<2592xf32> -> tensor<24x3x3x12xf32> loc("/conv2")
      %relu2_output_1 = nn.conv2d %4, %conv2_weight, %conv2_bias_1 {pads = array<i64: 1, 1, 1, 1>, act_min = 0.000000e+00 : f32} : (tensor<1x4x4x12xf32>, tensor<24x3x3x12xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> loc("/conv2")
      vpool.yield %relu2_output_1 : tensor<1x4x4x24xf32> loc(unknown)
    } loc("/conv2")
    %4 = vpool.kernel "/pool2" ins(%relu2_output : tensor<1x4x4x24xf32>) -> tensor<1x2x2x24xf32> schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%relu2_output_1: tensor<1x4x4x24xf32> loc(unknown)):
      %5 = nn.max_pool2d %relu2_output_1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x24xf32> -> tensor<1x2x2x24xf32> loc("/pool2")
      vpool.yield %5 : tensor<1x2x2x24xf32> loc(unknown)
    } loc("/pool2")
    %classifier_bias = nn.constant {value = dense<[0.153548539, -0.104080968, 0.0562198423, -0.115265273, -9.040140e-03, 0.0698687583, 0.0878457278, -0.0439922214, 0.148578808, 0.0184828397]> : tensor<10xf32>} : tensor<10xf32> loc("/classifier")
    %flatten_output = nn.reshape %4 : tensor<1x2x2x24xf32> -> tensor<1x96xf32> loc("/flatten")
    %5 = nn.constant {value = dense<"sha256:7b6e0e3e782dcdb0"> : tensor<1536xf32>} : tensor<1536xf32> loc("/classifier")
    %classifier_output = vpool.kernel "/classifier" ins(%flatten_output, %5, %classifier_bias : tensor<1x96xf32>, tensor<1536xf32>, tensor<10xf32>) -> tensor<1x10xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [1, 8], isa = "armv7e-m"> {
    ^bb0(%flatten_output_1: tensor<1x96xf32> loc(unknown), %6: tensor<1536xf32> loc(unknown), %classifier_bias_1: tensor<10xf32> loc(unknown)):
      %classifier_weight = vpool.unpack %6 {layout = "reals-8"} : tensor<1536xf32> -> tensor<10x96xf32> loc("/classifier")
      %classifier_output_1 = nn.fully_connected %flatten_output_1, %classifier_weight, %classifier_bias_1 : (tensor<1x96xf32>, tensor<10x96xf32>, tensor<10xf32>) -> tensor<1x10xf32> loc("/classifier")
      vpool.yield %classifier_output_1 : tensor<1x10xf32> loc(unknown)
    } loc("/classifier")
    %output = vpool.kernel "/softmax" ins(%classifier_output : tensor<1x10xf32>) -> tensor<1x10xf32> schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%classifier_output_1: tensor<1x10xf32> loc(unknown)):
      %output_1 = nn.softmax %classifier_output_1 {axis = 1 : i64} : tensor<1x10xf32> -> tensor<1x10xf32> loc("/softmax")
      vpool.yield %output_1 : tensor<1x10xf32> loc(unknown)
    } loc("/softmax")
    func.return %output : tensor<1x10xf32> loc("digits_cnn")
  } loc("digits_cnn")
} loc(unknown)

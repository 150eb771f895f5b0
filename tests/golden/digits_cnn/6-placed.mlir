builtin.module {
  "memref.global"() <{sym_name = "conv1_weights", type = memref<108xf32>, initial_value = dense<"sha256:f1578e573390ba13"> : tensor<108xf32>, sym_visibility = "private", constant}> : () -> () loc("/conv1")
  "memref.global"() <{sym_name = "conv1_bias", type = memref<12xf32>, initial_value = dense<[0.203626901, 0.151294291, -0.190361366, 0.35527432, 0.0185450744, 0.408236533, 0.241378307, -0.0179362986, 0.215303928, 0.0202881899, -0.209214106, 0.357533425]> : tensor<12xf32>, sym_visibility = "private", constant}> : () -> () loc("/conv1")
  "memref.global"() <{sym_name = "conv2_weights", type = memref<2592xf32>, initial_value = dense<"sha256:907f016e5887cf07"> : tensor<2592xf32>, sym_visibility = "private", constant}> : () -> () loc("/conv2")
  "memref.global"() <{sym_name = "conv2_bias", type = memref<24xf32>, initial_value = dense<[0.0761666521, 0.0861460939, -0.023710072, -0.00380975381, -0.0278214104, -0.0399132185, -0.0159280412, -0.0334203206, -0.0705147535, 0.106272787, -0.0144263729, 0.00297153322, 0.0307190251, -0.0706811398, 0.00344028533, -0.121681973, -0.193664804, 0.0279918145, -0.0683438852, -6.792040e-02, -0.0648482814, -0.0411863402, -0.0533502661, -0.0942689925]> : tensor<24xf32>, sym_visibility = "private", constant}> : () -> () loc("/conv2")
  "memref.global"() <{sym_name = "classifier_weights", type = memref<1536xf32>, initial_value = dense<"sha256:7b6e0e3e782dcdb0"> : tensor<1536xf32>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  "memref.global"() <{sym_name = "classifier_bias", type = memref<10xf32>, initial_value = dense<[0.153548539, -0.104080968, 0.0562198423, -0.115265273, -9.040140e-03, 0.0698687583, 0.0878457278, -0.0439922214, 0.148578808, 0.0184828397]> : tensor<10xf32>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  func.func public @main(%input: memref<64xf32> {nn.name = "input", vpool.role = "input", vpool.tensor = tensor<1x1x8x8xf32>} loc(unknown), %out: memref<10xf32> {nn.name = "output", vpool.role = "output", vpool.tensor = tensor<1x10xf32>} loc(unknown), %arena: memref<3072xi8> {vpool.role = "arena"} loc(unknown)) attributes {vpool.proven = true} {
    %0 = memref.get_global @conv1_weights : memref<108xf32> loc(unknown)
    %1 = memref.get_global @conv1_bias : memref<12xf32> loc(unknown)
    %relu1_output = vpool.view %arena[0] : memref<3072xi8> to memref<768xf32> loc("/conv1")
    vpool.launch "/conv1" ins(%input, %0, %1 : memref<64xf32>, memref<108xf32>, memref<12xf32>) outs(%relu1_output : memref<768xf32>) schedule <"reals", order = ["oh", "ow", "oc"], block = [3, 4], isa = "armv7e-m"> {
    ^bb0(%2: tensor<1x8x8x1xf32> loc(unknown), %3: tensor<108xf32> loc(unknown), %conv1_bias: tensor<12xf32> loc(unknown)):
      %conv1_weight = vpool.unpack %3 {layout = "reals-4"} : tensor<108xf32> -> tensor<12x3x3x1xf32> loc("/conv1")
      %relu1_output_1 = nn.conv2d %2, %conv1_weight, %conv1_bias {pads = array<i64: 1, 1, 1, 1>, act_min = 0.000000e+00 : f32} : (tensor<1x8x8x1xf32>, tensor<12x3x3x1xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> loc("/conv1")
      vpool.yield %relu1_output_1 : tensor<1x8x8x12xf32> loc(unknown)
    } loc("/conv1")
    %2 = vpool.view %arena[0] : memref<3072xi8> to memref<192xf32> loc("/pool1")
    vpool.launch "/pool1" ins(%relu1_output : memref<768xf32>) outs(%2 : memref<192xf32>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%relu1_output_1: tensor<1x8x8x12xf32> loc(unknown)):
      %3 = nn.max_pool2d %relu1_output_1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x8x8x12xf32> -> tensor<1x4x4x12xf32> loc("/pool1")
      vpool.yield %3 : tensor<1x4x4x12xf32> loc(unknown)
    } loc("/pool1")
    %3 = memref.get_global @conv2_weights : memref<2592xf32> loc(unknown)
    %4 = memref.get_global @conv2_bias : memref<24xf32> loc(unknown)
    %relu2_output = vpool.view %arena[768] : memref<3072xi8> to memref<384xf32> loc("/conv2")
    vpool.launch "/conv2" ins(%2, %3, %4 : memref<192xf32>, memref<2592xf32>, memref<24xf32>) outs(%relu2_output : memref<384xf32>) schedule <"reals", order = ["oh", "ow", "oc"], block = [2, 4], isa = "armv7e-m"> {
    ^bb0(%5: tensor<1x4x4x12xf32> loc(unknown), %6: tensor<2592xf32> loc(unknown), %conv2_bias: tensor<24xf32> loc(unknown)):
      %conv2_weight = vpool.unpack %6 {layout = "reals-4"} : tensor<2592xf32> -> tensor<24x3x3x12xf32> loc("/conv2")
      %relu2_output_1 = nn.conv2d %5, %conv2_weight, %conv2_bias {pads = array<i64: 1, 1, 1, 1>, act_min = 0.000000e+00 : f32} : (tensor<1x4x4x12xf32>, tensor<24x3x3x12xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> loc("/conv2")
      vpool.yield %relu2_output_1 : tensor<1x4x4x24xf32> loc(unknown)
    } loc("/conv2")
    %5 = vpool.view %arena[0] : memref<3072xi8> to memref<96xf32> loc("/pool2")
    vpool.launch "/pool2" ins(%relu2_output : memref<384xf32>) outs(%5 : memref<96xf32>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%relu2_output_1: tensor<1x4x4x24xf32> loc(unknown)):
      %6 = nn.max_pool2d %relu2_output_1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x24xf32> -> tensor<1x2x2x24xf32> loc("/pool2")
      vpool.yield %6 : tensor<1x2x2x24xf32> loc(unknown)
    } loc("/pool2")
    %6 = memref.get_global @classifier_weights : memref<1536xf32> loc(unknown)
    %7 = memref.get_global @classifier_bias : memref<10xf32> loc(unknown)
    %classifier_output = vpool.view %arena[384] : memref<3072xi8> to memref<10xf32> loc("/classifier")
    vpool.launch "/classifier" ins(%5, %6, %7 : memref<96xf32>, memref<1536xf32>, memref<10xf32>) outs(%classifier_output : memref<10xf32>) schedule <"reals", order = ["oh", "ow", "oc"], block = [1, 8], isa = "armv7e-m"> {
    ^bb0(%flatten_output: tensor<1x96xf32> loc(unknown), %8: tensor<1536xf32> loc(unknown), %classifier_bias: tensor<10xf32> loc(unknown)):
      %classifier_weight = vpool.unpack %8 {layout = "reals-8"} : tensor<1536xf32> -> tensor<10x96xf32> loc("/classifier")
      %classifier_output_1 = nn.fully_connected %flatten_output, %classifier_weight, %classifier_bias : (tensor<1x96xf32>, tensor<10x96xf32>, tensor<10xf32>) -> tensor<1x10xf32> loc("/classifier")
      vpool.yield %classifier_output_1 : tensor<1x10xf32> loc(unknown)
    } loc("/classifier")
    vpool.launch "/softmax" ins(%classifier_output : memref<10xf32>) outs(%out : memref<10xf32>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%classifier_output_1: tensor<1x10xf32> loc(unknown)):
      %output = nn.softmax %classifier_output_1 {axis = 1 : i64} : tensor<1x10xf32> -> tensor<1x10xf32> loc("/softmax")
      vpool.yield %output : tensor<1x10xf32> loc(unknown)
    } loc("/softmax")
    func.return loc(unknown)
  } loc("digits_cnn")
} loc(unknown)

builtin.module {
  "memref.global"() <{sym_name = "conv1_weights", type = memref<144xi8>, initial_value = dense<"sha256:271ba523eb81421a"> : tensor<144xi8>, sym_visibility = "private", constant}> : () -> () loc("/conv1")
  "memref.global"() <{sym_name = "conv1_bias", type = memref<12xi32>, initial_value = dense<[7857, 5859, -8338, 13888, 783, 13035, 7973, -562, 7960, 921, -9685, 16295]> : tensor<12xi32>, sym_visibility = "private", constant}> : () -> () loc("/conv1")
  "memref.global"() <{sym_name = "conv2_weights", type = memref<2592xi8>, initial_value = dense<"sha256:ca2149580aad0299"> : tensor<2592xi8>, sym_visibility = "private", constant}> : () -> () loc("/conv2")
  "memref.global"() <{sym_name = "conv2_bias", type = memref<24xi32>, initial_value = dense<[1201, 1332, -6885, -8194, -414, -7551, -204, -477, -919, 1545, -204, 36, 480, -769, 57, -1790, -2938, 429, -1326, -899, -10049, -26583, -8947, -1208]> : tensor<24xi32>, sym_visibility = "private", constant}> : () -> () loc("/conv2")
  "memref.global"() <{sym_name = "classifier_weights", type = memref<1152xi8>, initial_value = dense<"sha256:6a2d90afec5157a2"> : tensor<1152xi8>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  "memref.global"() <{sym_name = "classifier_bias", type = memref<10xi32>, initial_value = dense<[1135, -580, 445, -1042, -65, 500, 751, -358, 1104, 170]> : tensor<10xi32>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  func.func public @main(%input: memref<64xi8> {nn.encoding = !fxp.affine<i8, 0.062745101749897:-128>, nn.name = "input", nn.shape = array<i64: 1, 1, 8, 8>, nn.type = f32, vpool.role = "input", vpool.tensor = tensor<1x1x8x8xi8>} loc(unknown), %out: memref<10xi8> {nn.encoding = !fxp.affine<i8, 0.003921568859368563:-128>, nn.name = "output", nn.shape = array<i64: 1, 10>, nn.type = f32, vpool.role = "output", vpool.tensor = tensor<1x10xi8>} loc(unknown), %arena: memref<912xi8> {vpool.role = "arena"} loc(unknown)) attributes {vpool.proven = true, vpool.scratch = 144 : i64} {
    %0 = memref.get_global @conv1_weights : memref<144xi8> loc(unknown)
    %1 = memref.get_global @conv1_bias : memref<12xi32> loc(unknown)
    %relu1_output_QuantizeLinear_Output = vpool.view %arena[0] : memref<912xi8> to memref<768xi8> loc("/conv1")
    %scratch = vpool.view %arena[768] : memref<912xi8> to memref<72xi16> loc("/conv1")
    vpool.launch "/conv1" ins(%input, %0, %1 : memref<64xi8>, memref<144xi8>, memref<12xi32>) outs(%relu1_output_QuantizeLinear_Output : memref<768xi8>) scratch(%scratch : memref<72xi16>) schedule <"lanes", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%relu1_output_QuantizeLinear_Output_1: tensor<1x8x8x1xi8> loc(unknown), %2: tensor<144xi8> loc(unknown), %relu1_output_QuantizeLinear_Output_2: tensor<12xi32> loc(unknown)):
      %relu1_output_QuantizeLinear_Output_3 = vpool.unpack %2 {layout = "rows"} : tensor<144xi8> -> tensor<12x3x3x1xi8> loc("/conv1")
      %relu1_output_QuantizeLinear_Output_4 = nn.conv2d %relu1_output_QuantizeLinear_Output_1, %relu1_output_QuantizeLinear_Output_3, %relu1_output_QuantizeLinear_Output_2 {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x8x8x1xi8>, tensor<12x3x3x1xi8>, tensor<12xi32>) -> tensor<1x8x8x12xi32> loc("/conv1")
      %relu1_output_QuantizeLinear_Output_5 = fxp.requantize %relu1_output_QuantizeLinear_Output_4 {multiplier = array<i32: 1021017926, 1017188903, 899369234, 1007763102, 932529637, 1233798446, 1192608506, 1256714167, 1065598061, 868261106, 850997413, 864385611>, shift = array<i32: 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x12xi32> -> tensor<1x8x8x12xi8> loc("/conv1")
      vpool.yield %relu1_output_QuantizeLinear_Output_5 : tensor<1x8x8x12xi8> loc(unknown)
    } loc("/conv1")
    %pool1_output_QuantizeLinear_Output = vpool.view %arena[624] : memref<912xi8> to memref<192xi8> loc("/pool1")
    vpool.launch "/pool1" ins(%relu1_output_QuantizeLinear_Output : memref<768xi8>) outs(%pool1_output_QuantizeLinear_Output : memref<192xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m", reversed> {
    ^bb0(%relu1_output_QuantizeLinear_Output_1: tensor<1x8x8x12xi8> loc(unknown)):
      %pool1_output_QuantizeLinear_Output_1 = nn.max_pool2d %relu1_output_QuantizeLinear_Output_1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x8x8x12xi8> -> tensor<1x4x4x12xi8> loc("/pool1")
      vpool.yield %pool1_output_QuantizeLinear_Output_1 : tensor<1x4x4x12xi8> loc(unknown)
    } loc("/pool1")
    %2 = memref.get_global @conv2_weights : memref<2592xi8> loc(unknown)
    %3 = memref.get_global @conv2_bias : memref<24xi32> loc(unknown)
    %relu2_output_QuantizeLinear_Output = vpool.view %arena[432] : memref<912xi8> to memref<384xi8> loc("/conv2")
    %scratch_1 = vpool.view %arena[0] : memref<912xi8> to memref<216xi16> loc("/conv2")
    vpool.launch "/conv2" ins(%pool1_output_QuantizeLinear_Output, %2, %3 : memref<192xi8>, memref<2592xi8>, memref<24xi32>) outs(%relu2_output_QuantizeLinear_Output : memref<384xi8>) scratch(%scratch_1 : memref<216xi16>) schedule <"lanes", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%pool1_output_QuantizeLinear_Output_1: tensor<1x4x4x12xi8> loc(unknown), %4: tensor<2592xi8> loc(unknown), %relu2_output_QuantizeLinear_Output_1: tensor<24xi32> loc(unknown)):
      %relu2_output_QuantizeLinear_Output_2 = vpool.unpack %4 {layout = "columns"} : tensor<2592xi8> -> tensor<24x3x3x12xi8> loc("/conv2")
      %relu2_output_QuantizeLinear_Output_3 = nn.conv2d %pool1_output_QuantizeLinear_Output_1, %relu2_output_QuantizeLinear_Output_2, %relu2_output_QuantizeLinear_Output_1 {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x4x4x12xi8>, tensor<24x3x3x12xi8>, tensor<24xi32>) -> tensor<1x4x4x24xi32> loc("/conv2")
      %relu2_output_QuantizeLinear_Output_4 = fxp.requantize %relu2_output_QuantizeLinear_Output_3 {multiplier = array<i32: 1182672678, 1206690470, 64233894, 8672322, 1252603755, 98588766, 1458429353, 1308140544, 1431030595, 1283110025, 1320907924, 1549638226, 1194216302, 1715407867, 1126952980, 1267654769, 1229580506, 1216120278, 961299157, 1408607467, 120364629, 28899261, 111222730, 1455879901>, shift = array<i32: 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x24xi32> -> tensor<1x4x4x24xi8> loc("/conv2")
      vpool.yield %relu2_output_QuantizeLinear_Output_4 : tensor<1x4x4x24xi8> loc(unknown)
    } loc("/conv2")
    %pool2_output_QuantizeLinear_Output = vpool.view %arena[192] : memref<912xi8> to memref<96xi8> loc("/pool2")
    vpool.launch "/pool2" ins(%relu2_output_QuantizeLinear_Output : memref<384xi8>) outs(%pool2_output_QuantizeLinear_Output : memref<96xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%relu2_output_QuantizeLinear_Output_1: tensor<1x4x4x24xi8> loc(unknown)):
      %pool2_output_QuantizeLinear_Output_1 = nn.max_pool2d %relu2_output_QuantizeLinear_Output_1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} : tensor<1x4x4x24xi8> -> tensor<1x2x2x24xi8> loc("/pool2")
      vpool.yield %pool2_output_QuantizeLinear_Output_1 : tensor<1x2x2x24xi8> loc(unknown)
    } loc("/pool2")
    %4 = memref.get_global @classifier_weights : memref<1152xi8> loc(unknown)
    %5 = memref.get_global @classifier_bias : memref<10xi32> loc(unknown)
    %classifier_output = vpool.view %arena[192] : memref<912xi8> to memref<10xi8> loc("/classifier")
    %scratch_2 = vpool.view %arena[0] : memref<912xi8> to memref<96xi16> loc("/classifier")
    vpool.launch "/classifier" ins(%pool2_output_QuantizeLinear_Output, %4, %5 : memref<96xi8>, memref<1152xi8>, memref<10xi32>) outs(%classifier_output : memref<10xi8>) scratch(%scratch_2 : memref<96xi16>) schedule <"lanes", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%flatten_output: tensor<1x96xi8> loc(unknown), %6: tensor<1152xi8> loc(unknown), %classifier_output_1: tensor<10xi32> loc(unknown)):
      %classifier_output_2 = vpool.unpack %6 {layout = "patches"} : tensor<1152xi8> -> tensor<10x96xi8> loc("/classifier")
      %classifier_output_3 = nn.fully_connected %flatten_output, %classifier_output_2, %classifier_output_1 {input_zero_point = -128 : i32} : (tensor<1x96xi8>, tensor<10x96xi8>, tensor<10xi32>) -> tensor<1x10xi32> loc("/classifier")
      %classifier_output_4 = fxp.requantize %classifier_output_3 {multiplier = array<i32: 1352665402, 1793077156, 1264600399, 1105802860, 1392113143, 1398149847, 1169801612, 1228600321, 1345973752, 1085169381>, shift = array<i32: 39, 39, 39, 39, 39, 39, 39, 39, 39, 39>, zero_point = 18 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x10xi32> -> tensor<1x10xi8> loc("/classifier")
      vpool.yield %classifier_output_4 : tensor<1x10xi8> loc(unknown)
    } loc("/classifier")
    %output_QuantizeLinear_Input = vpool.view %arena[0] : memref<912xi8> to memref<10xf32> loc("/softmax")
    vpool.launch "/softmax" ins(%classifier_output : memref<10xi8>) outs(%output_QuantizeLinear_Input : memref<10xf32>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%classifier_output_1: tensor<1x10xi8> loc(unknown)):
      %classifier_output_DequantizeLinear_Output = fxp.to_real %classifier_output_1 {scale = 0.0549749583 : f32, zero_point = 18 : i32} : tensor<1x10xi8> -> tensor<1x10xf32> loc("classifier_output_DequantizeLinear")
      %output_QuantizeLinear_Input_1 = nn.softmax %classifier_output_DequantizeLinear_Output {axis = 1 : i64} : tensor<1x10xf32> -> tensor<1x10xf32> loc("/softmax")
      vpool.yield %output_QuantizeLinear_Input_1 : tensor<1x10xf32> loc(unknown)
    } loc("/softmax")
    vpool.launch "output_QuantizeLinear" ins(%output_QuantizeLinear_Input : memref<10xf32>) outs(%out : memref<10xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%output_QuantizeLinear_Input_1: tensor<1x10xf32> loc(unknown)):
      %output_QuantizeLinear_Output = fxp.from_real %output_QuantizeLinear_Input_1 {scale = 0.00392156886 : f32, zero_point = -128 : i32} : tensor<1x10xf32> -> tensor<1x10xi8> loc("output_QuantizeLinear")
      vpool.yield %output_QuantizeLinear_Output : tensor<1x10xi8> loc(unknown)
    } loc("output_QuantizeLinear")
    func.return loc(unknown)
  } loc("digits_cnn")
} loc(unknown)

builtin.module {
  "memref.global"() <{sym_name = "stem_conv_weights", type = memref<108xi8>, initial_value = dense<"sha256:87efe3cbf272ab0f"> : tensor<108xi8>, sym_visibility = "private", constant}> : () -> () loc("/stem/conv")
  "memref.global"() <{sym_name = "stem_conv_bias", type = memref<12xi32>, initial_value = dense<[10124, 9363, 6261, -4075, -12481, 26993, -1976, 974, 4134, 2994, -4126, -3291]> : tensor<12xi32>, sym_visibility = "private", constant}> : () -> () loc("/stem/conv")
  "memref.global"() <{sym_name = "block1_conv1_weights", type = memref<1296xi8>, initial_value = dense<"sha256:f75b4828a635d7d9"> : tensor<1296xi8>, sym_visibility = "private", constant}> : () -> () loc("/block1/conv1")
  "memref.global"() <{sym_name = "block1_conv1_bias", type = memref<12xi32>, initial_value = dense<[23120, 14875, 13620, 6557, 7546, 12421, 6011, 13647, 1024, 14274, -3746, 13347]> : tensor<12xi32>, sym_visibility = "private", constant}> : () -> () loc("/block1/conv1")
  "memref.global"() <{sym_name = "block1_conv2_weights", type = memref<1296xi8>, initial_value = dense<"sha256:0c76fc3a7792eba9"> : tensor<1296xi8>, sym_visibility = "private", constant}> : () -> () loc("/block1/conv2")
  "memref.global"() <{sym_name = "block1_conv2_bias", type = memref<12xi32>, initial_value = dense<[10593, -6217, 13543, -8975, -4196, -7248, 17367, 9693, 4169, -7774, 1535, 11898]> : tensor<12xi32>, sym_visibility = "private", constant}> : () -> () loc("/block1/conv2")
  "memref.global"() <{sym_name = "block2_conv1_weights", type = memref<2592xi8>, initial_value = dense<"sha256:d7b22455f3d863a3"> : tensor<2592xi8>, sym_visibility = "private", constant}> : () -> () loc("/block2/conv1")
  "memref.global"() <{sym_name = "block2_conv1_bias", type = memref<24xi32>, initial_value = dense<[18388, 42523, 7500, 1309, 26701, 20925, 7607, 31915, 4065, -714, -6221, 467, 32054, -502, 14988, 23560, 5320, 24279, 6261, 18740, 1446, 8873, 21311, -18722]> : tensor<24xi32>, sym_visibility = "private", constant}> : () -> () loc("/block2/conv1")
  "memref.global"() <{sym_name = "block2_project_weights", type = memref<288xi8>, initial_value = dense<"sha256:82c0b9e16696c058"> : tensor<288xi8>, sym_visibility = "private", constant}> : () -> () loc("/block2/project")
  "memref.global"() <{sym_name = "block2_project_bias", type = memref<24xi32>, initial_value = dense<[3779, 4276, 3932, 9833, 3291, 8019, 3833, 3946, 2611, 2670, 888, 5418, -2871, 1735, 6478, -7672, 4586, 580, -4418, 850, 6945, 5659, 12179, 9906]> : tensor<24xi32>, sym_visibility = "private", constant}> : () -> () loc("/block2/project")
  "memref.global"() <{sym_name = "block2_conv2_weights", type = memref<5184xi8>, initial_value = dense<"sha256:e9ac957a8f45ff0a"> : tensor<5184xi8>, sym_visibility = "private", constant}> : () -> () loc("/block2/conv2")
  "memref.global"() <{sym_name = "block2_conv2_bias", type = memref<24xi32>, initial_value = dense<[4060, 2462, 19661, 24421, 3699, 1829, 19752, 7170, 35427, 10878, 19470, 15630, 20956, 12011, 6125, 14190, -11848, 11873, 16827, 21328, 22901, 21307, 28853, 17690]> : tensor<24xi32>, sym_visibility = "private", constant}> : () -> () loc("/block2/conv2")
  "memref.global"() <{sym_name = "classifier_weights", type = memref<240xi8>, initial_value = dense<"sha256:51cf785924729650"> : tensor<240xi8>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  "memref.global"() <{sym_name = "classifier_bias", type = memref<10xi32>, initial_value = dense<[1841, 957, 2039, 493, -4100, -2012, 362, 2171, -327, 1311]> : tensor<10xi32>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  func.func public @main(%input: memref<64xi8> {nn.encoding = !fxp.affine<i8, 0.062745101749897:-128>, nn.name = "input", nn.shape = array<i64: 1, 1, 8, 8>, nn.type = f32, vpool.role = "input", vpool.tensor = tensor<1x1x8x8xi8>} loc(unknown), %out: memref<10xi8> {nn.encoding = !fxp.affine<i8, 0.03555302694439888:-37>, nn.name = "output", nn.shape = array<i64: 1, 10>, nn.type = f32, vpool.role = "output", vpool.tensor = tensor<1x10xi8>} loc(unknown), %arena: memref<2304xi8> {vpool.role = "arena"} loc(unknown)) attributes {vpool.proven = true} {
    %0 = memref.get_global @stem_conv_weights : memref<108xi8> loc(unknown)
    %1 = memref.get_global @stem_conv_bias : memref<12xi32> loc(unknown)
    %stem_relu_output_QuantizeLinear_Output = vpool.view %arena[0] : memref<2304xi8> to memref<768xi8> loc("/stem/conv")
    vpool.launch "/stem/conv" ins(%input, %0, %1 : memref<64xi8>, memref<108xi8>, memref<12xi32>) outs(%stem_relu_output_QuantizeLinear_Output : memref<768xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%stem_relu_output_QuantizeLinear_Output_1: tensor<1x8x8x1xi8> loc(unknown), %stem_relu_output_QuantizeLinear_Output_2: tensor<12x3x3x1xi8> loc(unknown), %stem_relu_output_QuantizeLinear_Output_3: tensor<12xi32> loc(unknown)):
      %stem_relu_output_QuantizeLinear_Output_4 = nn.conv2d %stem_relu_output_QuantizeLinear_Output_1, %stem_relu_output_QuantizeLinear_Output_2, %stem_relu_output_QuantizeLinear_Output_3 {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x8x8x1xi8>, tensor<12x3x3x1xi8>, tensor<12xi32>) -> tensor<1x8x8x12xi32> loc("/stem/conv")
      %stem_relu_output_QuantizeLinear_Output_5 = fxp.requantize %stem_relu_output_QuantizeLinear_Output_4 {multiplier = array<i32: 1145122442, 1944184335, 2117766338, 1954889687, 1413043910, 1479862251, 1778225287, 1083556276, 1361091134, 2018099396, 1779305312, 1255433286>, shift = array<i32: 39, 39, 39, 39, 39, 39, 39, 38, 38, 39, 39, 38>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x12xi32> -> tensor<1x8x8x12xi8> loc("/stem/conv")
      vpool.yield %stem_relu_output_QuantizeLinear_Output_5 : tensor<1x8x8x12xi8> loc(unknown)
    } loc("/stem/conv")
    %2 = memref.get_global @block1_conv1_weights : memref<1296xi8> loc(unknown)
    %3 = memref.get_global @block1_conv1_bias : memref<12xi32> loc(unknown)
    %block1_relu1_output_QuantizeLinear_Output = vpool.view %arena[768] : memref<2304xi8> to memref<768xi8> loc("/block1/conv1")
    vpool.launch "/block1/conv1" ins(%stem_relu_output_QuantizeLinear_Output, %2, %3 : memref<768xi8>, memref<1296xi8>, memref<12xi32>) outs(%block1_relu1_output_QuantizeLinear_Output : memref<768xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%stem_relu_output_QuantizeLinear_Output_1: tensor<1x8x8x12xi8> loc(unknown), %block1_relu1_output_QuantizeLinear_Output_1: tensor<12x3x3x12xi8> loc(unknown), %block1_relu1_output_QuantizeLinear_Output_2: tensor<12xi32> loc(unknown)):
      %block1_relu1_output_QuantizeLinear_Output_3 = nn.conv2d %stem_relu_output_QuantizeLinear_Output_1, %block1_relu1_output_QuantizeLinear_Output_1, %block1_relu1_output_QuantizeLinear_Output_2 {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x8x8x12xi8>, tensor<12x3x3x12xi8>, tensor<12xi32>) -> tensor<1x8x8x12xi32> loc("/block1/conv1")
      %block1_relu1_output_QuantizeLinear_Output_4 = fxp.requantize %block1_relu1_output_QuantizeLinear_Output_3 {multiplier = array<i32: 1827387160, 1107044396, 1246841087, 1742904304, 1569641377, 1517845865, 1857741452, 1267887804, 2121333001, 1240269424, 1401541201, 1731976711>, shift = array<i32: 39, 38, 39, 39, 39, 39, 39, 39, 39, 38, 39, 39>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x12xi32> -> tensor<1x8x8x12xi8> loc("/block1/conv1")
      vpool.yield %block1_relu1_output_QuantizeLinear_Output_4 : tensor<1x8x8x12xi8> loc(unknown)
    } loc("/block1/conv1")
    %4 = memref.get_global @block1_conv2_weights : memref<1296xi8> loc(unknown)
    %5 = memref.get_global @block1_conv2_bias : memref<12xi32> loc(unknown)
    %block1_conv2_output_QuantizeLinear_Output = vpool.view %arena[1536] : memref<2304xi8> to memref<768xi8> loc("/block1/conv2")
    vpool.launch "/block1/conv2" ins(%block1_relu1_output_QuantizeLinear_Output, %4, %5 : memref<768xi8>, memref<1296xi8>, memref<12xi32>) outs(%block1_conv2_output_QuantizeLinear_Output : memref<768xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block1_relu1_output_QuantizeLinear_Output_1: tensor<1x8x8x12xi8> loc(unknown), %block1_conv2_output_QuantizeLinear_Output_1: tensor<12x3x3x12xi8> loc(unknown), %block1_conv2_output_QuantizeLinear_Output_2: tensor<12xi32> loc(unknown)):
      %block1_conv2_output_QuantizeLinear_Output_3 = nn.conv2d %block1_relu1_output_QuantizeLinear_Output_1, %block1_conv2_output_QuantizeLinear_Output_1, %block1_conv2_output_QuantizeLinear_Output_2 {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x8x8x12xi8>, tensor<12x3x3x12xi8>, tensor<12xi32>) -> tensor<1x8x8x12xi32> loc("/block1/conv2")
      %block1_conv2_output_QuantizeLinear_Output_4 = fxp.requantize %block1_conv2_output_QuantizeLinear_Output_3 {multiplier = array<i32: 1884804406, 1795572926, 2085922309, 1229616324, 1319082208, 1530740022, 1142322824, 1655410458, 1121497167, 2142079550, 1912095060, 1577321147>, shift = array<i32: 40, 40, 40, 40, 40, 40, 39, 40, 39, 40, 40, 40>, zero_point = 6 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x12xi32> -> tensor<1x8x8x12xi8> loc("/block1/conv2")
      vpool.yield %block1_conv2_output_QuantizeLinear_Output_4 : tensor<1x8x8x12xi8> loc(unknown)
    } loc("/block1/conv2")
    %block1_relu2_output = vpool.view %arena[1536] : memref<2304xi8> to memref<768xi8> loc("/block1/add")
    vpool.launch "/block1/add" ins(%block1_conv2_output_QuantizeLinear_Output, %stem_relu_output_QuantizeLinear_Output : memref<768xi8>, memref<768xi8>) outs(%block1_relu2_output : memref<768xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block1_conv2_output_QuantizeLinear_Output_1: tensor<1x8x8x12xi8> loc(unknown), %stem_relu_output_QuantizeLinear_Output_1: tensor<1x8x8x12xi8> loc(unknown)):
      %block1_relu2_output_1 = fxp.widen %block1_conv2_output_QuantizeLinear_Output_1 {zero_point = 6 : i32, multiplier = 6974967 : i32} : tensor<1x8x8x12xi8> -> tensor<1x8x8x12xi32> loc("/block1/add")
      %block1_relu2_output_2 = fxp.widen %stem_relu_output_QuantizeLinear_Output_1 {zero_point = -128 : i32, multiplier = 2384181 : i32} : tensor<1x8x8x12xi8> -> tensor<1x8x8x12xi32> loc("/block1/add")
      %block1_relu2_output_3 = nn.add %block1_relu2_output_2, %block1_relu2_output_1 : (tensor<1x8x8x12xi32>, tensor<1x8x8x12xi32>) -> tensor<1x8x8x12xi32> loc("/block1/add")
      %block1_relu2_output_4 = fxp.requantize %block1_relu2_output_3 {multiplier = array<i32: 1>, shift = array<i32: 22>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x12xi32> -> tensor<1x8x8x12xi8> loc("/block1/add")
      vpool.yield %block1_relu2_output_4 : tensor<1x8x8x12xi8> loc(unknown)
    } loc("/block1/add")
    %6 = memref.get_global @block2_conv1_weights : memref<2592xi8> loc(unknown)
    %7 = memref.get_global @block2_conv1_bias : memref<24xi32> loc(unknown)
    %block2_relu1_output_QuantizeLinear_Output = vpool.view %arena[0] : memref<2304xi8> to memref<384xi8> loc("/block2/conv1")
    vpool.launch "/block2/conv1" ins(%block1_relu2_output, %6, %7 : memref<768xi8>, memref<2592xi8>, memref<24xi32>) outs(%block2_relu1_output_QuantizeLinear_Output : memref<384xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block1_relu2_output_1: tensor<1x8x8x12xi8> loc(unknown), %block2_relu1_output_QuantizeLinear_Output_1: tensor<24x3x3x12xi8> loc(unknown), %block2_relu1_output_QuantizeLinear_Output_2: tensor<24xi32> loc(unknown)):
      %block2_relu1_output_QuantizeLinear_Output_3 = nn.conv2d %block1_relu2_output_1, %block2_relu1_output_QuantizeLinear_Output_1, %block2_relu1_output_QuantizeLinear_Output_2 {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x8x8x12xi8>, tensor<24x3x3x12xi8>, tensor<24xi32>) -> tensor<1x4x4x24xi32> loc("/block2/conv1")
      %block2_relu1_output_QuantizeLinear_Output_4 = fxp.requantize %block2_relu1_output_QuantizeLinear_Output_3 {multiplier = array<i32: 1737958077, 1434317608, 1152316136, 1654556667, 1457440396, 1472983375, 1313348053, 1495470241, 1662513364, 1111346214, 1560678200, 1585921299, 1373783782, 1237016556, 1692871092, 1847954476, 1442552755, 2045280222, 1245529642, 1996868353, 1616112979, 1151115819, 1751674524, 1200591760>, shift = array<i32: 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 40, 39, 39, 39, 39, 39, 39, 39, 39>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x24xi32> -> tensor<1x4x4x24xi8> loc("/block2/conv1")
      vpool.yield %block2_relu1_output_QuantizeLinear_Output_4 : tensor<1x4x4x24xi8> loc(unknown)
    } loc("/block2/conv1")
    %8 = memref.get_global @block2_project_weights : memref<288xi8> loc(unknown)
    %9 = memref.get_global @block2_project_bias : memref<24xi32> loc(unknown)
    %block2_project_output_QuantizeLinear_Output = vpool.view %arena[384] : memref<2304xi8> to memref<384xi8> loc("/block2/project")
    vpool.launch "/block2/project" ins(%block1_relu2_output, %8, %9 : memref<768xi8>, memref<288xi8>, memref<24xi32>) outs(%block2_project_output_QuantizeLinear_Output : memref<384xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block1_relu2_output_1: tensor<1x8x8x12xi8> loc(unknown), %block2_project_output_QuantizeLinear_Output_1: tensor<24x1x1x12xi8> loc(unknown), %block2_project_output_QuantizeLinear_Output_2: tensor<24xi32> loc(unknown)):
      %block2_project_output_QuantizeLinear_Output_3 = nn.conv2d %block1_relu2_output_1, %block2_project_output_QuantizeLinear_Output_1, %block2_project_output_QuantizeLinear_Output_2 {strides = array<i64: 2, 2>, input_zero_point = -128 : i32} : (tensor<1x8x8x12xi8>, tensor<24x1x1x12xi8>, tensor<24xi32>) -> tensor<1x4x4x24xi32> loc("/block2/project")
      %block2_project_output_QuantizeLinear_Output_4 = fxp.requantize %block2_project_output_QuantizeLinear_Output_3 {multiplier = array<i32: 1110625002, 1585653541, 1620044974, 1722096757, 1254080680, 1389723994, 1289142250, 1337416574, 1884222714, 1084313765, 1308775287, 1415859484, 2055730970, 1524774384, 1386514348, 1924697316, 1537508114, 1189187017, 1522060742, 1828533250, 1378435763, 1260962511, 2034505567, 1669161091>, shift = array<i32: 39, 39, 39, 39, 39, 39, 39, 39, 39, 38, 39, 39, 39, 39, 39, 39, 39, 39, 39, 39, 38, 39, 39, 39>, zero_point = -20 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x24xi32> -> tensor<1x4x4x24xi8> loc("/block2/project")
      vpool.yield %block2_project_output_QuantizeLinear_Output_4 : tensor<1x4x4x24xi8> loc(unknown)
    } loc("/block2/project")
    %10 = memref.get_global @block2_conv2_weights : memref<5184xi8> loc(unknown)
    %11 = memref.get_global @block2_conv2_bias : memref<24xi32> loc(unknown)
    %block2_conv2_output_QuantizeLinear_Output = vpool.view %arena[768] : memref<2304xi8> to memref<384xi8> loc("/block2/conv2")
    vpool.launch "/block2/conv2" ins(%block2_relu1_output_QuantizeLinear_Output, %10, %11 : memref<384xi8>, memref<5184xi8>, memref<24xi32>) outs(%block2_conv2_output_QuantizeLinear_Output : memref<384xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block2_relu1_output_QuantizeLinear_Output_1: tensor<1x4x4x24xi8> loc(unknown), %block2_conv2_output_QuantizeLinear_Output_1: tensor<24x3x3x24xi8> loc(unknown), %block2_conv2_output_QuantizeLinear_Output_2: tensor<24xi32> loc(unknown)):
      %block2_conv2_output_QuantizeLinear_Output_3 = nn.conv2d %block2_relu1_output_QuantizeLinear_Output_1, %block2_conv2_output_QuantizeLinear_Output_1, %block2_conv2_output_QuantizeLinear_Output_2 {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x4x4x24xi8>, tensor<24x3x3x24xi8>, tensor<24xi32>) -> tensor<1x4x4x24xi32> loc("/block2/conv2")
      %block2_conv2_output_QuantizeLinear_Output_4 = fxp.requantize %block2_conv2_output_QuantizeLinear_Output_3 {multiplier = array<i32: 1380889457, 1880816223, 2125212641, 1695890666, 1116039101, 1751505972, 1306694354, 1807814185, 1154135586, 1655306740, 1845610470, 1872688302, 1955655934, 1825699562, 1225079627, 1124080742, 1159317361, 1156008660, 1290544093, 2029974229, 1204328157, 1861353081, 1155539280, 1079158006>, shift = array<i32: 39, 40, 40, 40, 39, 40, 39, 40, 39, 39, 40, 40, 40, 40, 39, 39, 39, 39, 39, 40, 39, 40, 39, 39>, zero_point = 6 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x24xi32> -> tensor<1x4x4x24xi8> loc("/block2/conv2")
      vpool.yield %block2_conv2_output_QuantizeLinear_Output_4 : tensor<1x4x4x24xi8> loc(unknown)
    } loc("/block2/conv2")
    %block2_relu2_output = vpool.view %arena[768] : memref<2304xi8> to memref<384xi8> loc("/block2/add")
    vpool.launch "/block2/add" ins(%block2_conv2_output_QuantizeLinear_Output, %block2_project_output_QuantizeLinear_Output : memref<384xi8>, memref<384xi8>) outs(%block2_relu2_output : memref<384xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block2_conv2_output_QuantizeLinear_Output_1: tensor<1x4x4x24xi8> loc(unknown), %block2_project_output_QuantizeLinear_Output_1: tensor<1x4x4x24xi8> loc(unknown)):
      %block2_relu2_output_1 = fxp.widen %block2_conv2_output_QuantizeLinear_Output_1 {zero_point = 6 : i32, multiplier = 5969089 : i32} : tensor<1x4x4x24xi8> -> tensor<1x4x4x24xi32> loc("/block2/add")
      %block2_relu2_output_2 = fxp.widen %block2_project_output_QuantizeLinear_Output_1 {zero_point = -20 : i32, multiplier = 5699782 : i32} : tensor<1x4x4x24xi8> -> tensor<1x4x4x24xi32> loc("/block2/add")
      %block2_relu2_output_3 = nn.add %block2_relu2_output_2, %block2_relu2_output_1 : (tensor<1x4x4x24xi32>, tensor<1x4x4x24xi32>) -> tensor<1x4x4x24xi32> loc("/block2/add")
      %block2_relu2_output_4 = fxp.requantize %block2_relu2_output_3 {multiplier = array<i32: 1>, shift = array<i32: 22>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x24xi32> -> tensor<1x4x4x24xi8> loc("/block2/add")
      vpool.yield %block2_relu2_output_4 : tensor<1x4x4x24xi8> loc(unknown)
    } loc("/block2/add")
    %pool_output = vpool.view %arena[0] : memref<2304xi8> to memref<24xi8> loc("/pool")
    vpool.launch "/pool" ins(%block2_relu2_output : memref<384xi8>) outs(%pool_output : memref<24xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block2_relu2_output_1: tensor<1x4x4x24xi8> loc(unknown)):
      %pool_output_1 = nn.avg_pool2d %block2_relu2_output_1 {kernel = array<i64: 4, 4>, input_zero_point = -128 : i32} : tensor<1x4x4x24xi8> -> tensor<1x1x1x24xi32> loc("/pool")
      %pool_output_2 = fxp.requantize %pool_output_1 {multiplier = array<i32: 1257795117>, shift = array<i32: 33>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x1x1x24xi32> -> tensor<1x1x1x24xi8> loc("/pool")
      vpool.yield %pool_output_2 : tensor<1x1x1x24xi8> loc(unknown)
    } loc("/pool")
    %12 = memref.get_global @classifier_weights : memref<240xi8> loc(unknown)
    %13 = memref.get_global @classifier_bias : memref<10xi32> loc(unknown)
    vpool.launch "/classifier" ins(%pool_output, %12, %13 : memref<24xi8>, memref<240xi8>, memref<10xi32>) outs(%out : memref<10xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%flatten_output: tensor<1x24xi8> loc(unknown), %output_QuantizeLinear_Input: tensor<10x24xi8> loc(unknown), %output_QuantizeLinear_Input_1: tensor<10xi32> loc(unknown)):
      %output_QuantizeLinear_Input_2 = nn.fully_connected %flatten_output, %output_QuantizeLinear_Input, %output_QuantizeLinear_Input_1 {input_zero_point = -128 : i32} : (tensor<1x24xi8>, tensor<10x24xi8>, tensor<10xi32>) -> tensor<1x10xi32> loc("/classifier")
      %output_QuantizeLinear_Input_3 = fxp.requantize %output_QuantizeLinear_Input_2 {multiplier = array<i32: 1263123646, 2006226983, 2070069831, 2033908162, 1959394158, 1166201223, 1197322142, 1916962598, 1081651518, 2060649205>, shift = array<i32: 39, 40, 40, 40, 40, 39, 39, 40, 39, 40>, zero_point = -37 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x10xi32> -> tensor<1x10xi8> loc("/classifier")
      vpool.yield %output_QuantizeLinear_Input_3 : tensor<1x10xi8> loc(unknown)
    } loc("/classifier")
    func.return loc(unknown)
  } loc("digits_resnet")
} loc(unknown)

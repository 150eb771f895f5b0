builtin.module {
  "memref.global"() <{sym_name = "stem_conv_weights", type = memref<144xi8>, initial_value = dense<"sha256:56b780d6acfb741d"> : tensor<144xi8>, sym_visibility = "private", constant}> : () -> () loc("/stem/conv")
  "memref.global"() <{sym_name = "stem_conv_bias", type = memref<16xi32>, initial_value = dense<[13282, 1529, 11523, 211, -14336, 33131, 2543, 4044, -2005, -2107, -3655, 1661, -11155, -6232, 4464, -16727]> : tensor<16xi32>, sym_visibility = "private", constant}> : () -> () loc("/stem/conv")
  "memref.global"() <{sym_name = "block1_depthwise_weights", type = memref<144xi8>, initial_value = dense<"sha256:ef5b432191847d8c"> : tensor<144xi8>, sym_visibility = "private", constant}> : () -> () loc("/block1/depthwise")
  "memref.global"() <{sym_name = "block1_depthwise_bias", type = memref<16xi32>, initial_value = dense<[-7379, 245, 10341, 7131, 10368, 8674, 11353, 6378, -9702, 5442, -7251, -1773, 2921, -5199, -3137, -9139]> : tensor<16xi32>, sym_visibility = "private", constant}> : () -> () loc("/block1/depthwise")
  "memref.global"() <{sym_name = "block1_pointwise_weights", type = memref<384xi8>, initial_value = dense<"sha256:9f1cf13be894b7c3"> : tensor<384xi8>, sym_visibility = "private", constant}> : () -> () loc("/block1/pointwise")
  "memref.global"() <{sym_name = "block1_pointwise_bias", type = memref<24xi32>, initial_value = dense<[-1143, 363, 13991, 5312, -3622, -4480, -10631, 5143, -9734, 1564, -4799, 6595, 1708, 3852, 1668, 1041, 2398, -468, 444, 2425, -828, 2058, -515, -5009]> : tensor<24xi32>, sym_visibility = "private", constant}> : () -> () loc("/block1/pointwise")
  "memref.global"() <{sym_name = "block2_depthwise_weights", type = memref<216xi8>, initial_value = dense<"sha256:324888ac2b0c8646"> : tensor<216xi8>, sym_visibility = "private", constant}> : () -> () loc("/block2/depthwise")
  "memref.global"() <{sym_name = "block2_depthwise_bias", type = memref<24xi32>, initial_value = dense<[-10258, -5467, 10261, 4392, -3790, -2696, -1059, -4325, -3315, 13862, 11196, -7039, -68, 586, 12257, 1665, 8378, -1894, -717, -3776, 5544, -7615, -7096, 9614]> : tensor<24xi32>, sym_visibility = "private", constant}> : () -> () loc("/block2/depthwise")
  "memref.global"() <{sym_name = "block2_pointwise_weights", type = memref<768xi8>, initial_value = dense<"sha256:23231b8e0cbdf4e9"> : tensor<768xi8>, sym_visibility = "private", constant}> : () -> () loc("/block2/pointwise")
  "memref.global"() <{sym_name = "block2_pointwise_bias", type = memref<32xi32>, initial_value = dense<[-2143, 6585, 1075, -4559, -1322, -9034, -1102, 3308, -4275, 6899, 9055, -6676, -1406, -1362, -4158, -3721, 5548, 13071, 108, -1932, -3072, -5846, 288, 6193, -5583, -1688, 80, -2389, 2066, -4476, 410, 2187]> : tensor<32xi32>, sym_visibility = "private", constant}> : () -> () loc("/block2/pointwise")
  "memref.global"() <{sym_name = "block3_depthwise_weights", type = memref<288xi8>, initial_value = dense<"sha256:288f622abd05882d"> : tensor<288xi8>, sym_visibility = "private", constant}> : () -> () loc("/block3/depthwise")
  "memref.global"() <{sym_name = "block3_depthwise_bias", type = memref<32xi32>, initial_value = dense<[-1861, -4786, -3708, 9650, -4753, -5381, 5351, 4293, -1760, 10891, -2191, -1970, -1939, -4718, -487, -6479, 6493, -527, -3322, 578, -1529, -8160, -1217, -1699, -3739, -2820, 11338, -2964, -2512, -1570, -802, 8386]> : tensor<32xi32>, sym_visibility = "private", constant}> : () -> () loc("/block3/depthwise")
  "memref.global"() <{sym_name = "block3_pointwise_weights", type = memref<1024xi8>, initial_value = dense<"sha256:43338c7a9c4c8ba1"> : tensor<1024xi8>, sym_visibility = "private", constant}> : () -> () loc("/block3/pointwise")
  "memref.global"() <{sym_name = "block3_pointwise_bias", type = memref<32xi32>, initial_value = dense<[3978, -402, 4805, 10046, 15038, 5287, 4817, 6399, 3664, 2699, 5810, 6524, 9376, 936, 5267, 5682, 8056, 4737, 215, 9626, -7271, 4188, 5831, -994, 5245, 8372, -3133, 13486, -3361, 3087, 1985, 5792]> : tensor<32xi32>, sym_visibility = "private", constant}> : () -> () loc("/block3/pointwise")
  "memref.global"() <{sym_name = "classifier_weights", type = memref<320xi8>, initial_value = dense<"sha256:917b815ac0504afb"> : tensor<320xi8>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  "memref.global"() <{sym_name = "classifier_bias", type = memref<10xi32>, initial_value = dense<[-1519, -3056, -1552, 808, -813, -976, 1891, -1700, 1364, -972]> : tensor<10xi32>, sym_visibility = "private", constant}> : () -> () loc("/classifier")
  func.func public @main(%input: memref<64xi8> {nn.encoding = !fxp.affine<i8, 0.062745101749897:-128>, nn.name = "input", nn.shape = array<i64: 1, 1, 8, 8>, nn.type = f32, vpool.role = "input", vpool.tensor = tensor<1x1x8x8xi8>} loc(unknown), %out: memref<10xi8> {nn.encoding = !fxp.affine<i8, 0.0461878776550293:-11>, nn.name = "output", nn.shape = array<i64: 1, 10>, nn.type = f32, vpool.role = "output", vpool.tensor = tensor<1x10xi8>} loc(unknown), %arena: memref<2560xi8> {vpool.role = "arena"} loc(unknown)) attributes {vpool.proven = true} {
    %0 = memref.get_global @stem_conv_weights : memref<144xi8> loc(unknown)
    %1 = memref.get_global @stem_conv_bias : memref<16xi32> loc(unknown)
    %stem_relu6_output = vpool.view %arena[0] : memref<2560xi8> to memref<1024xi8> loc("/stem/conv")
    vpool.launch "/stem/conv" ins(%input, %0, %1 : memref<64xi8>, memref<144xi8>, memref<16xi32>) outs(%stem_relu6_output : memref<1024xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%stem_relu6_output_1: tensor<1x8x8x1xi8> loc(unknown), %stem_relu6_output_2: tensor<16x3x3x1xi8> loc(unknown), %stem_relu6_output_3: tensor<16xi32> loc(unknown)):
      %stem_relu6_output_4 = nn.conv2d %stem_relu6_output_1, %stem_relu6_output_2, %stem_relu6_output_3 {pads = array<i64: 1, 1, 1, 1>, input_zero_point = -128 : i32} : (tensor<1x8x8x1xi8>, tensor<16x3x3x1xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi32> loc("/stem/conv")
      %stem_relu6_output_5 = fxp.requantize %stem_relu6_output_4 {multiplier = array<i32: 1414922082, 1644182460, 1297872133, 1905204635, 1556229588, 1129697561, 2089739065, 1140138731, 1150950272, 1143147067, 1153098674, 1203003104, 1550504273, 1990142638, 2004595609, 1470855802>, shift = array<i32: 39, 39, 38, 39, 39, 39, 39, 38, 38, 38, 38, 38, 40, 39, 39, 39>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x16xi32> -> tensor<1x8x8x16xi8> loc("/stem/conv")
      vpool.yield %stem_relu6_output_5 : tensor<1x8x8x16xi8> loc(unknown)
    } loc("/stem/conv")
    %2 = memref.get_global @block1_depthwise_weights : memref<144xi8> loc(unknown)
    %3 = memref.get_global @block1_depthwise_bias : memref<16xi32> loc(unknown)
    %block1_relu6_1_output = vpool.view %arena[1536] : memref<2560xi8> to memref<1024xi8> loc("/block1/depthwise")
    vpool.launch "/block1/depthwise" ins(%stem_relu6_output, %2, %3 : memref<1024xi8>, memref<144xi8>, memref<16xi32>) outs(%block1_relu6_1_output : memref<1024xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%stem_relu6_output_1: tensor<1x8x8x16xi8> loc(unknown), %block1_relu6_1_output_1: tensor<16x3x3x1xi8> loc(unknown), %block1_relu6_1_output_2: tensor<16xi32> loc(unknown)):
      %block1_relu6_1_output_3 = nn.conv2d %stem_relu6_output_1, %block1_relu6_1_output_1, %block1_relu6_1_output_2 {pads = array<i64: 1, 1, 1, 1>, groups = 16 : i64, input_zero_point = -128 : i32} : (tensor<1x8x8x16xi8>, tensor<16x3x3x1xi8>, tensor<16xi32>) -> tensor<1x8x8x16xi32> loc("/block1/depthwise")
      %block1_relu6_1_output_4 = fxp.requantize %block1_relu6_1_output_3 {multiplier = array<i32: 1447849544, 1131144270, 1527475552, 1609612242, 1217914013, 1528182792, 1127297603, 1707349998, 1319487111, 1519598020, 1220597177, 1625783214, 1894110564, 1101461018, 2054996404, 2006418922>, shift = array<i32: 38, 38, 38, 38, 38, 38, 38, 38, 38, 38, 38, 38, 38, 38, 38, 39>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x16xi32> -> tensor<1x8x8x16xi8> loc("/block1/depthwise")
      vpool.yield %block1_relu6_1_output_4 : tensor<1x8x8x16xi8> loc(unknown)
    } loc("/block1/depthwise")
    %4 = memref.get_global @block1_pointwise_weights : memref<384xi8> loc(unknown)
    %5 = memref.get_global @block1_pointwise_bias : memref<24xi32> loc(unknown)
    %block1_relu6_2_output = vpool.view %arena[0] : memref<2560xi8> to memref<1536xi8> loc("/block1/pointwise")
    vpool.launch "/block1/pointwise" ins(%block1_relu6_1_output, %4, %5 : memref<1024xi8>, memref<384xi8>, memref<24xi32>) outs(%block1_relu6_2_output : memref<1536xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block1_relu6_1_output_1: tensor<1x8x8x16xi8> loc(unknown), %block1_relu6_2_output_1: tensor<24x1x1x16xi8> loc(unknown), %block1_relu6_2_output_2: tensor<24xi32> loc(unknown)):
      %block1_relu6_2_output_3 = nn.conv2d %block1_relu6_1_output_1, %block1_relu6_2_output_1, %block1_relu6_2_output_2 {input_zero_point = -128 : i32} : (tensor<1x8x8x16xi8>, tensor<24x1x1x16xi8>, tensor<24xi32>) -> tensor<1x8x8x24xi32> loc("/block1/pointwise")
      %block1_relu6_2_output_4 = fxp.requantize %block1_relu6_2_output_3 {multiplier = array<i32: 1181975840, 1271307845, 1155602475, 1681420344, 1081297813, 1968133516, 1622216579, 1273217259, 1661809902, 1946031587, 1226595077, 1514317895, 1814788084, 1655090306, 1279701923, 1172905638, 1936905344, 1326317749, 1394092018, 1468367686, 2027637723, 1816935931, 1657240488, 1902484912>, shift = array<i32: 37, 37, 38, 38, 37, 38, 38, 37, 37, 38, 37, 38, 38, 38, 37, 37, 38, 37, 38, 38, 38, 38, 38, 38>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x8x8x24xi32> -> tensor<1x8x8x24xi8> loc("/block1/pointwise")
      vpool.yield %block1_relu6_2_output_4 : tensor<1x8x8x24xi8> loc(unknown)
    } loc("/block1/pointwise")
    %6 = memref.get_global @block2_depthwise_weights : memref<216xi8> loc(unknown)
    %7 = memref.get_global @block2_depthwise_bias : memref<24xi32> loc(unknown)
    %block2_relu6_1_output = vpool.view %arena[1536] : memref<2560xi8> to memref<384xi8> loc("/block2/depthwise")
    vpool.launch "/block2/depthwise" ins(%block1_relu6_2_output, %6, %7 : memref<1536xi8>, memref<216xi8>, memref<24xi32>) outs(%block2_relu6_1_output : memref<384xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block1_relu6_2_output_1: tensor<1x8x8x24xi8> loc(unknown), %block2_relu6_1_output_1: tensor<24x3x3x1xi8> loc(unknown), %block2_relu6_1_output_2: tensor<24xi32> loc(unknown)):
      %block2_relu6_1_output_3 = nn.conv2d %block1_relu6_2_output_1, %block2_relu6_1_output_1, %block2_relu6_1_output_2 {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>, groups = 24 : i64, input_zero_point = -128 : i32} : (tensor<1x8x8x24xi8>, tensor<24x3x3x1xi8>, tensor<24xi32>) -> tensor<1x4x4x24xi32> loc("/block2/depthwise")
      %block2_relu6_1_output_4 = fxp.requantize %block2_relu6_1_output_3 {multiplier = array<i32: 1911660492, 1812029581, 1239262366, 1844950721, 1822277956, 2106775285, 1688490217, 1298746900, 1307540493, 1467709957, 1188691866, 2095286959, 1539597683, 1889198176, 1899918728, 1474703073, 1143415144, 1932165295, 1999851396, 1362008729, 1589493848, 2013503895, 1270762475, 1272929726>, shift = array<i32: 39, 38, 37, 38, 38, 38, 37, 38, 38, 38, 38, 38, 38, 39, 39, 38, 38, 38, 38, 38, 38, 39, 38, 38>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x24xi32> -> tensor<1x4x4x24xi8> loc("/block2/depthwise")
      vpool.yield %block2_relu6_1_output_4 : tensor<1x4x4x24xi8> loc(unknown)
    } loc("/block2/depthwise")
    %8 = memref.get_global @block2_pointwise_weights : memref<768xi8> loc(unknown)
    %9 = memref.get_global @block2_pointwise_bias : memref<32xi32> loc(unknown)
    %block2_relu6_2_output = vpool.view %arena[0] : memref<2560xi8> to memref<512xi8> loc("/block2/pointwise")
    vpool.launch "/block2/pointwise" ins(%block2_relu6_1_output, %8, %9 : memref<384xi8>, memref<768xi8>, memref<32xi32>) outs(%block2_relu6_2_output : memref<512xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block2_relu6_1_output_1: tensor<1x4x4x24xi8> loc(unknown), %block2_relu6_2_output_1: tensor<32x1x1x24xi8> loc(unknown), %block2_relu6_2_output_2: tensor<32xi32> loc(unknown)):
      %block2_relu6_2_output_3 = nn.conv2d %block2_relu6_1_output_1, %block2_relu6_2_output_1, %block2_relu6_2_output_2 {input_zero_point = -128 : i32} : (tensor<1x4x4x24xi8>, tensor<32x1x1x24xi8>, tensor<32xi32>) -> tensor<1x4x4x32xi32> loc("/block2/pointwise")
      %block2_relu6_2_output_4 = fxp.requantize %block2_relu6_2_output_3 {multiplier = array<i32: 1488306215, 1870424829, 1576532089, 1615360215, 1540803504, 1967356858, 1819621373, 1346726208, 1375295957, 1562890319, 1376307357, 1488831077, 1382441725, 1115097067, 1523448241, 1700821295, 1396107496, 1438959608, 1388891110, 1126609357, 1187089781, 1852874549, 1283398434, 1921396536, 1592106062, 2020792918, 1369847542, 1202488716, 1333917406, 1226981704, 1860746478, 1517604389>, shift = array<i32: 38, 38, 38, 38, 38, 38, 39, 38, 38, 38, 38, 38, 38, 37, 39, 38, 38, 39, 38, 38, 38, 38, 38, 38, 38, 39, 38, 38, 38, 38, 38, 38>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x32xi32> -> tensor<1x4x4x32xi8> loc("/block2/pointwise")
      vpool.yield %block2_relu6_2_output_4 : tensor<1x4x4x32xi8> loc(unknown)
    } loc("/block2/pointwise")
    %10 = memref.get_global @block3_depthwise_weights : memref<288xi8> loc(unknown)
    %11 = memref.get_global @block3_depthwise_bias : memref<32xi32> loc(unknown)
    %block3_relu6_1_output = vpool.view %arena[512] : memref<2560xi8> to memref<512xi8> loc("/block3/depthwise")
    vpool.launch "/block3/depthwise" ins(%block2_relu6_2_output, %10, %11 : memref<512xi8>, memref<288xi8>, memref<32xi32>) outs(%block3_relu6_1_output : memref<512xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block2_relu6_2_output_1: tensor<1x4x4x32xi8> loc(unknown), %block3_relu6_1_output_1: tensor<32x3x3x1xi8> loc(unknown), %block3_relu6_1_output_2: tensor<32xi32> loc(unknown)):
      %block3_relu6_1_output_3 = nn.conv2d %block2_relu6_2_output_1, %block3_relu6_1_output_1, %block3_relu6_1_output_2 {pads = array<i64: 1, 1, 1, 1>, groups = 32 : i64, input_zero_point = -128 : i32} : (tensor<1x4x4x32xi8>, tensor<32x3x3x1xi8>, tensor<32xi32>) -> tensor<1x4x4x32xi32> loc("/block3/depthwise")
      %block3_relu6_1_output_4 = fxp.requantize %block3_relu6_1_output_3 {multiplier = array<i32: 1649127702, 1961772876, 2054685121, 1334250594, 1572732771, 1492452217, 1759679996, 2066669866, 1228690368, 1942084272, 1408368271, 1823819580, 1500025374, 1459744279, 1957953852, 1236542927, 1328726520, 1946147231, 1713862478, 1410600731, 1288504143, 1384680680, 1917737649, 2016611923, 1616050905, 1702118779, 1761367707, 2037142937, 1542885981, 1167857241, 1153120508, 1673879439>, shift = array<i32: 38, 38, 38, 38, 38, 38, 38, 38, 37, 38, 38, 38, 37, 38, 37, 38, 37, 36, 38, 37, 37, 38, 37, 38, 38, 38, 38, 38, 37, 37, 37, 38>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x32xi32> -> tensor<1x4x4x32xi8> loc("/block3/depthwise")
      vpool.yield %block3_relu6_1_output_4 : tensor<1x4x4x32xi8> loc(unknown)
    } loc("/block3/depthwise")
    %12 = memref.get_global @block3_pointwise_weights : memref<1024xi8> loc(unknown)
    %13 = memref.get_global @block3_pointwise_bias : memref<32xi32> loc(unknown)
    %block3_relu6_2_output = vpool.view %arena[0] : memref<2560xi8> to memref<512xi8> loc("/block3/pointwise")
    vpool.launch "/block3/pointwise" ins(%block3_relu6_1_output, %12, %13 : memref<512xi8>, memref<1024xi8>, memref<32xi32>) outs(%block3_relu6_2_output : memref<512xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block3_relu6_1_output_1: tensor<1x4x4x32xi8> loc(unknown), %block3_relu6_2_output_1: tensor<32x1x1x32xi8> loc(unknown), %block3_relu6_2_output_2: tensor<32xi32> loc(unknown)):
      %block3_relu6_2_output_3 = nn.conv2d %block3_relu6_1_output_1, %block3_relu6_2_output_1, %block3_relu6_2_output_2 {input_zero_point = -128 : i32} : (tensor<1x4x4x32xi8>, tensor<32x1x1x32xi8>, tensor<32xi32>) -> tensor<1x4x4x32xi32> loc("/block3/pointwise")
      %block3_relu6_2_output_4 = fxp.requantize %block3_relu6_2_output_3 {multiplier = array<i32: 1335186363, 1963929015, 1283585512, 1138680930, 1285066320, 2069299773, 1382251406, 1117920524, 1110544309, 1414559699, 1822380677, 1371854877, 1297397746, 1193503094, 1164457025, 1173275678, 1101086324, 1779256196, 1244729519, 1374660344, 2080739030, 2118540607, 1205856374, 1084514489, 1879780374, 1590025336, 1930560968, 1074292912, 1379229694, 1431614338, 1394311954, 1513196498>, shift = array<i32: 37, 38, 37, 37, 37, 38, 37, 37, 37, 37, 37, 37, 37, 37, 37, 37, 37, 37, 37, 37, 38, 38, 37, 37, 38, 37, 38, 37, 37, 37, 38, 37>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x4x4x32xi32> -> tensor<1x4x4x32xi8> loc("/block3/pointwise")
      vpool.yield %block3_relu6_2_output_4 : tensor<1x4x4x32xi8> loc(unknown)
    } loc("/block3/pointwise")
    %flatten_output = vpool.view %arena[512] : memref<2560xi8> to memref<32xi8> loc("/pool")
    vpool.launch "/pool" ins(%block3_relu6_2_output : memref<512xi8>) outs(%flatten_output : memref<32xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%block3_relu6_2_output_1: tensor<1x4x4x32xi8> loc(unknown)):
      %14 = nn.avg_pool2d %block3_relu6_2_output_1 {kernel = array<i64: 4, 4>, input_zero_point = -128 : i32} : tensor<1x4x4x32xi8> -> tensor<1x1x1x32xi32> loc("/pool")
      %flatten_output_1 = fxp.requantize %14 {multiplier = array<i32: 1948829850>, shift = array<i32: 34>, zero_point = -128 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x1x1x32xi32> -> tensor<1x1x1x32xi8> loc("/pool")
      vpool.yield %flatten_output_1 : tensor<1x1x1x32xi8> loc(unknown)
    } loc("/pool")
    %14 = memref.get_global @classifier_weights : memref<320xi8> loc(unknown)
    %15 = memref.get_global @classifier_bias : memref<10xi32> loc(unknown)
    vpool.launch "/classifier" ins(%flatten_output, %14, %15 : memref<32xi8>, memref<320xi8>, memref<10xi32>) outs(%out : memref<10xi8>) schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 2], isa = "armv7e-m"> {
    ^bb0(%flatten_output_1: tensor<1x32xi8> loc(unknown), %output: tensor<10x32xi8> loc(unknown), %output_1: tensor<10xi32> loc(unknown)):
      %output_2 = nn.fully_connected %flatten_output_1, %output, %output_1 {input_zero_point = -128 : i32} : (tensor<1x32xi8>, tensor<10x32xi8>, tensor<10xi32>) -> tensor<1x10xi32> loc("/classifier")
      %output_3 = fxp.requantize %output_2 {multiplier = array<i32: 1658448776, 1755708042, 1441986994, 1344806335, 1459393834, 1530561450, 1402189111, 1436553562, 1541144921, 1633275703>, shift = array<i32: 40, 40, 40, 40, 40, 40, 40, 40, 40, 40>, zero_point = -11 : i32, rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x10xi32> -> tensor<1x10xi8> loc("/classifier")
      vpool.yield %output_3 : tensor<1x10xi8> loc(unknown)
    } loc("/classifier")
    func.return loc(unknown)
  } loc("digits_dscnn")
} loc(unknown)

builtin.module {
  func.func public @main(%input: tensor<1x1x8x8xf32> {nn.name = "input"} loc(unknown)) -> (tensor<1x10xf32> {nn.name = "output"}) {
    %0 = nn.reshape %input : tensor<1x1x8x8xf32> -> tensor<1x8x8x1xf32> loc("/stem/conv")
    %1 = nn.constant {value = dense<[0.287315339, 0.451138765, 0.328601956, -0.19742851, -0.437082529, 0.990027964, -0.087098904, 0.0523299836, 0.278898954, 0.149736553, -0.181953475, -0.204790726]> : tensor<12xf32>} : tensor<12xf32> loc("/stem/conv")
    %2 = nn.constant {value = dense<"sha256:553afa863e828160"> : tensor<108xf32>} : tensor<108xf32> loc("/stem/conv")
    %stem_conv_norm_output = vpool.kernel "/stem/conv" ins(%0, %2, %1 : tensor<1x8x8x1xf32>, tensor<108xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [3, 4], isa = "armv7e-m"> {
    ^bb0(%3: tensor<1x8x8x1xf32> loc(unknown), %4: tensor<108xf32> loc(unknown), %5: tensor<12xf32> loc(unknown)):
      %stem_conv_weight = vpool.unpack %4 {layout = "reals-4"} : tensor<108xf32> -> tensor<12x3x3x1xf32> loc("/stem/conv")
      %stem_conv_norm_output_1 = nn.conv2d %3, %stem_conv_weight, %5 {pads = array<i64: 1, 1, 1, 1>, act_min = 0.000000e+00 : f32} : (tensor<1x8x8x1xf32>, tensor<12x3x3x1xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> loc("/stem/conv")
      vpool.yield %stem_conv_norm_output_1 : tensor<1x8x8x12xf32> loc(unknown)
    } loc("/stem/conv")
    %3 = nn.constant {value = dense<[1.21899807, 0.950213671, 0.48998338, 0.32973361, 0.34174946, 0.543960154, 0.322211802, 0.499227732, 0.0627006069, 1.02155936, -0.151491672, 0.666976392]> : tensor<12xf32>} : tensor<12xf32> loc("/block1/conv1")
    %4 = nn.constant {value = dense<"sha256:9544d049f23c25d0"> : tensor<1296xf32>} : tensor<1296xf32> loc("/block1/conv1")
    %block1_conv1_norm_output = vpool.kernel "/block1/conv1" ins(%stem_conv_norm_output, %4, %3 : tensor<1x8x8x12xf32>, tensor<1296xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [3, 4], isa = "armv7e-m"> {
    ^bb0(%stem_conv_norm_output_1: tensor<1x8x8x12xf32> loc(unknown), %5: tensor<1296xf32> loc(unknown), %6: tensor<12xf32> loc(unknown)):
      %block1_conv1_weight = vpool.unpack %5 {layout = "reals-4"} : tensor<1296xf32> -> tensor<12x3x3x12xf32> loc("/block1/conv1")
      %block1_conv1_norm_output_1 = nn.conv2d %stem_conv_norm_output_1, %block1_conv1_weight, %6 {pads = array<i64: 1, 1, 1, 1>, act_min = 0.000000e+00 : f32} : (tensor<1x8x8x12xf32>, tensor<12x3x3x12xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> loc("/block1/conv1")
      vpool.yield %block1_conv1_norm_output_1 : tensor<1x8x8x12xf32> loc(unknown)
    } loc("/block1/conv1")
    %5 = nn.constant {value = dense<[7.238020e-01, -0.404711396, 1.02411926, -0.400065839, -0.200643748, -0.402209938, 1.43844509, 0.581720352, 0.338974416, -6.036820e-01, 0.106390186, 0.680345893]> : tensor<12xf32>} : tensor<12xf32> loc("/block1/conv2")
    %6 = nn.constant {value = dense<"sha256:a5f411da65814fa7"> : tensor<1296xf32>} : tensor<1296xf32> loc("/block1/conv2")
    %block1_conv2_norm_output = vpool.kernel "/block1/conv2" ins(%block1_conv1_norm_output, %6, %5 : tensor<1x8x8x12xf32>, tensor<1296xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [3, 4], isa = "armv7e-m"> {
    ^bb0(%block1_conv1_norm_output_1: tensor<1x8x8x12xf32> loc(unknown), %7: tensor<1296xf32> loc(unknown), %8: tensor<12xf32> loc(unknown)):
      %block1_conv2_weight = vpool.unpack %7 {layout = "reals-4"} : tensor<1296xf32> -> tensor<12x3x3x12xf32> loc("/block1/conv2")
      %block1_conv2_norm_output_1 = nn.conv2d %block1_conv1_norm_output_1, %block1_conv2_weight, %8 {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x12xf32>, tensor<12x3x3x12xf32>, tensor<12xf32>) -> tensor<1x8x8x12xf32> loc("/block1/conv2")
      vpool.yield %block1_conv2_norm_output_1 : tensor<1x8x8x12xf32> loc(unknown)
    } loc("/block1/conv2")
    %block1_add_output = vpool.kernel "/block1/add" ins(%stem_conv_norm_output, %block1_conv2_norm_output : tensor<1x8x8x12xf32>, tensor<1x8x8x12xf32>) -> tensor<1x8x8x12xf32> schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%stem_conv_norm_output_1: tensor<1x8x8x12xf32> loc(unknown), %block1_conv2_norm_output_1: tensor<1x8x8x12xf32> loc(unknown)):
      %block1_add_output_1 = nn.add %stem_conv_norm_output_1, %block1_conv2_norm_output_1 {act_min = 0.000000e+00 : f32} : (tensor<1x8x8x12xf32>, tensor<1x8x8x12xf32>) -> tensor<1x8x8x12xf32> loc("/block1/add")
      vpool.yield %block1_add_output_1 : tensor<1x8x8x12xf32> loc(unknown)
    } loc("/block1/add")
    %7 = nn.constant {value = dense<[1.04722965, 1.99866462, 0.283192903, 0.070990935, 1.2752372, 1.01001084, 0.327378362, 1.56402183, 0.221440509, -0.0259879436, -0.318163782, 0.024281811, 1.44300389, -0.0203401763, 0.831432223, 7.133660e-01, 0.251494348, 1.62724102, 0.255550861, 1.22626984, 0.0765799135, 0.334709436, 1.22328377, -0.736576855]> : tensor<24xf32>} : tensor<24xf32> loc("/block2/conv1")
    %8 = nn.constant {value = dense<"sha256:44416a68f6d148c4"> : tensor<2592xf32>} : tensor<2592xf32> loc("/block2/conv1")
    %block2_conv1_norm_output = vpool.kernel "/block2/conv1" ins(%block1_add_output, %8, %7 : tensor<1x8x8x12xf32>, tensor<2592xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [3, 4], isa = "armv7e-m"> {
    ^bb0(%block1_add_output_1: tensor<1x8x8x12xf32> loc(unknown), %9: tensor<2592xf32> loc(unknown), %10: tensor<24xf32> loc(unknown)):
      %block2_conv1_weight = vpool.unpack %9 {layout = "reals-4"} : tensor<2592xf32> -> tensor<24x3x3x12xf32> loc("/block2/conv1")
      %block2_conv1_norm_output_1 = nn.conv2d %block1_add_output_1, %block2_conv1_weight, %10 {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, act_min = 0.000000e+00 : f32} : (tensor<1x8x8x12xf32>, tensor<24x3x3x12xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> loc("/block2/conv1")
      vpool.yield %block2_conv1_norm_output_1 : tensor<1x4x4x24xf32> loc(unknown)
    } loc("/block2/conv1")
    %9 = nn.constant {value = dense<[0.528806627, 0.218354836, 1.97033691, 1.952999, 0.389317751, 0.151069298, 2.43418813, 0.611281097, 3.85625315, 1.69820464, 1.69455779, 1.38024986, 1.93261528, 1.03410423, 0.707653821, 1.50439215, -1.29543877, 1.2944926, 2.04816937, 2.04164839, 2.60124707, 1.87018752, 3.1444881, 1.80045509]> : tensor<24xf32>} : tensor<24xf32> loc("/block2/conv2")
    %10 = nn.constant {value = dense<"sha256:14958ce28adc6d38"> : tensor<5184xf32>} : tensor<5184xf32> loc("/block2/conv2")
    %block2_conv2_norm_output = vpool.kernel "/block2/conv2" ins(%block2_conv1_norm_output, %10, %9 : tensor<1x4x4x24xf32>, tensor<5184xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [2, 4], isa = "armv7e-m"> {
    ^bb0(%block2_conv1_norm_output_1: tensor<1x4x4x24xf32> loc(unknown), %11: tensor<5184xf32> loc(unknown), %12: tensor<24xf32> loc(unknown)):
      %block2_conv2_weight = vpool.unpack %11 {layout = "reals-4"} : tensor<5184xf32> -> tensor<24x3x3x24xf32> loc("/block2/conv2")
      %block2_conv2_norm_output_1 = nn.conv2d %block2_conv1_norm_output_1, %block2_conv2_weight, %12 {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x24xf32>, tensor<24x3x3x24xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> loc("/block2/conv2")
      vpool.yield %block2_conv2_norm_output_1 : tensor<1x4x4x24xf32> loc(unknown)
    } loc("/block2/conv2")
    %11 = nn.constant {value = dense<[0.377981931, 0.610583425, 0.5736624, 1.52499437, 0.371678889, 1.00359046, 0.445008636, 0.475284904, 0.443014205, 0.521472692, 0.104688421, 0.690902948, -0.53156966, 0.238208175, 0.808940828, -1.32985258, 0.635058343, 0.0620849766, -0.605657041, 0.139926121, 1.72429144, 0.642586052, 2.23155713, 1.4890852]> : tensor<24xf32>} : tensor<24xf32> loc("/block2/project")
    %12 = nn.constant {value = dense<"sha256:52af689bccd73b1d"> : tensor<288xf32>} : tensor<288xf32> loc("/block2/project")
    %block2_project_norm_output = vpool.kernel "/block2/project" ins(%block1_add_output, %12, %11 : tensor<1x8x8x12xf32>, tensor<288xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [4, 4], isa = "armv7e-m"> {
    ^bb0(%block1_add_output_1: tensor<1x8x8x12xf32> loc(unknown), %13: tensor<288xf32> loc(unknown), %14: tensor<24xf32> loc(unknown)):
      %block2_project_weight = vpool.unpack %13 {layout = "reals-4"} : tensor<288xf32> -> tensor<24x1x1x12xf32> loc("/block2/project")
      %block2_project_norm_output_1 = nn.conv2d %block1_add_output_1, %block2_project_weight, %14 {strides = array<i64: 2, 2>} : (tensor<1x8x8x12xf32>, tensor<24x1x1x12xf32>, tensor<24xf32>) -> tensor<1x4x4x24xf32> loc("/block2/project")
      vpool.yield %block2_project_norm_output_1 : tensor<1x4x4x24xf32> loc(unknown)
    } loc("/block2/project")
    %block2_add_output = vpool.kernel "/block2/add" ins(%block2_project_norm_output, %block2_conv2_norm_output : tensor<1x4x4x24xf32>, tensor<1x4x4x24xf32>) -> tensor<1x4x4x24xf32> schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%block2_project_norm_output_1: tensor<1x4x4x24xf32> loc(unknown), %block2_conv2_norm_output_1: tensor<1x4x4x24xf32> loc(unknown)):
      %block2_add_output_1 = nn.add %block2_project_norm_output_1, %block2_conv2_norm_output_1 {act_min = 0.000000e+00 : f32} : (tensor<1x4x4x24xf32>, tensor<1x4x4x24xf32>) -> tensor<1x4x4x24xf32> loc("/block2/add")
      vpool.yield %block2_add_output_1 : tensor<1x4x4x24xf32> loc(unknown)
    } loc("/block2/add")
    %13 = vpool.kernel "/pool" ins(%block2_add_output : tensor<1x4x4x24xf32>) -> tensor<1x1x1x24xf32> schedule <"direct", order = ["oh", "ow", "oc"], block = [2, 8], isa = "armv7e-m"> {
    ^bb0(%block2_add_output_1: tensor<1x4x4x24xf32> loc(unknown)):
      %14 = nn.avg_pool2d %block2_add_output_1 {kernel = array<i64: 4, 4>} : tensor<1x4x4x24xf32> -> tensor<1x1x1x24xf32> loc("/pool")
      vpool.yield %14 : tensor<1x1x1x24xf32> loc(unknown)
    } loc("/pool")
    %flatten_output = nn.reshape %13 : tensor<1x1x1x24xf32> -> tensor<1x24xf32> loc("/flatten")
    %classifier_bias = nn.constant {value = dense<[0.150380224, 0.0620680861, 0.136453912, 0.0324529223, -0.259787053, -0.151718125, 0.0280282777, 0.134587273, -0.0228449516, 0.0873834789]> : tensor<10xf32>} : tensor<10xf32> loc("/classifier")
    %14 = nn.constant {value = dense<"sha256:eab4e2b9ae378a2b"> : tensor<384xf32>} : tensor<384xf32> loc("/classifier")
    %output = vpool.kernel "/classifier" ins(%flatten_output, %14, %classifier_bias : tensor<1x24xf32>, tensor<384xf32>, tensor<10xf32>) -> tensor<1x10xf32> schedule <"reals", order = ["oh", "ow", "oc"], block = [1, 8], isa = "armv7e-m"> {
    ^bb0(%flatten_output_1: tensor<1x24xf32> loc(unknown), %15: tensor<384xf32> loc(unknown), %classifier_bias_1: tensor<10xf32> loc(unknown)):
      %classifier_weight = vpool.unpack %15 {layout = "reals-8"} : tensor<384xf32> -> tensor<10x24xf32> loc("/classifier")
      %output_1 = nn.fully_connected %flatten_output_1, %classifier_weight, %classifier_bias_1 : (tensor<1x24xf32>, tensor<10x24xf32>, tensor<10xf32>) -> tensor<1x10xf32> loc("/classifier")
      vpool.yield %output_1 : tensor<1x10xf32> loc(unknown)
    } loc("/classifier")
    func.return %output : tensor<1x10xf32> loc("digits_resnet")
  } loc("digits_resnet")
} loc(unknown)

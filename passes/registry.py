"""The passes of `nnopt.passes`, by name.

Each line maps a pass name to its module, relative to `nnopt.passes`, and its class. The module is
imported when the pass is asked for, so that a long list costs nothing at start-up.
"""

PASSES: dict[str, tuple[str, str]] = {
    "binary-points": ("quantize.binary_points", "BinaryPointsPass"),
    "calibrate": ("quantize.calibrate", "CalibratePass"),
    "canonicalize-graph": ("graph.canonicalize_graph", "CanonicalizeGraphPass"),
    "choose-schemes": ("quantize.choose_schemes", "ChooseSchemesPass"),
    "correct-bias": ("quantize.correct_bias", "CorrectBiasPass"),
    "equalize": ("quantize.equalize", "EqualizePass"),
    "fold-batch-norm": ("graph.fold_batch_norm", "FoldBatchNormPass"),
    "fold-bias": ("graph.fold_bias", "FoldBiasPass"),
    "fold-constants": ("graph.fold_constants", "FoldConstantsPass"),
    "fold-pad": ("graph.fold_pad", "FoldPadPass"),
    "fold-qdq": ("quantize.fold_qdq", "FoldQdqPass"),
    "form-kernels": ("schedule.form_kernels", "FormKernelsPass"),
    "form-layer-norm": ("graph.form_layer_norm", "FormLayerNormPass"),
    "fuse-activation": ("graph.fuse_activation", "FuseActivationPass"),
    "fuse-rows": ("schedule.fuse_rows", "FuseRowsPass"),
    "insert-quantizers": ("quantize.insert_quantizers", "InsertQuantizersPass"),
    "native-io": ("graph.native_io", "NativeIoPass"),
    "offload": ("offload.offload", "OffloadPass"),
    "order-kernels": ("memory.order_kernels", "OrderKernelsPass"),
    "pack-weights": ("schedule.pack_weights", "PackWeightsPass"),
    "place": ("memory.place", "PlacePass"),
    "propagate-layout": ("graph.propagate_layout", "PropagateLayoutPass"),
    "round-weights": ("quantize.round_weights", "RoundWeightsPass"),
    "schedule": ("schedule.schedule", "SchedulePass"),
    "skip-operands": ("quantize.skip_operands", "SkipOperandsPass"),
    "strip-inputs": ("schedule.strip_inputs", "StripInputsPass"),
    "unpack-kernels": ("schedule.unpack_kernels", "UnpackKernelsPass"),
    "verify-quantized": ("quantize.verify_quantized", "VerifyQuantizedPass"),
}

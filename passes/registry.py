"""The passes of `nnopt.passes`, by name.

Each line maps a pass name to its module, relative to `nnopt.passes`, and its class. The module is
imported when the pass is asked for, so that a long list costs nothing at start-up.
"""

PASSES: dict[str, tuple[str, str]] = {
    "canonicalize-graph": ("graph.canonicalize_graph", "CanonicalizeGraphPass"),
    "fold-batch-norm": ("graph.fold_batch_norm", "FoldBatchNormPass"),
    "fold-bias": ("graph.fold_bias", "FoldBiasPass"),
    "fold-constants": ("graph.fold_constants", "FoldConstantsPass"),
    "fold-pad": ("graph.fold_pad", "FoldPadPass"),
    "fuse-activation": ("graph.fuse_activation", "FuseActivationPass"),
    "native-io": ("graph.native_io", "NativeIoPass"),
    "propagate-layout": ("graph.propagate_layout", "PropagateLayoutPass"),
    "form-kernels": ("schedule.form_kernels", "FormKernelsPass"),
    "place": ("memory.place", "PlacePass"),
    "schedule": ("schedule.schedule", "SchedulePass"),
}

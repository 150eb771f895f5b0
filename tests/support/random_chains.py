"""Random chains of convolutions, with a residual sum around them where shapes allow."""

from __future__ import annotations

import numpy as np
from kernel_lab import Array
from random_networks import RandomNetwork
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from nnopt.passes.analysis.cost import shape_of
from nnopt.passes.schedule.form_kernels import FormKernelsPass
from nnopt.passes.schedule.schedule import SchedulePass


def random_chain(seed: int) -> tuple[ModuleOp, dict[str, Array]]:
    """Two to four convolutions at the level of integers: dense, pointwise, depthwise, strided."""
    rng = np.random.default_rng(seed)
    height, width, depth = (int(n) for n in (rng.integers(2, 9), rng.integers(2, 7), 3))
    network = RandomNetwork(seed, (1, height, width, depth))
    (x,) = network.values
    for _ in range(int(rng.integers(2, 5))):
        kind = rng.integers(4)
        filters = None if kind == 0 else int(rng.choice([1, 3, 3, 4]))
        kernel = 1 if kind == 1 else int(rng.choice([3, 3, 5]))
        network.window(network.values[-1], filters, kernel, int(rng.choice([1, 1, 2])))
    if shape_of(network.values[-1]) == shape_of(x):
        network.sum(network.values[-1], x)
    return network.module([network.values[-1]]), network.inputs


def as_kernels(module: ModuleOp, seed: int) -> ModuleOp:
    """The chain as kernels with some direct schedule."""
    rng = np.random.default_rng(seed)
    module = module.clone()
    FormKernelsPass().apply(Context(), module)
    block = int(rng.integers(1, 3)), int(rng.integers(1, 4))
    isa = ("portable", "armv7e-m")[seed % 2]
    SchedulePass("direct", block=block, isa=isa).apply(Context(), module)
    return module

"""Pools of real networks, executed kernel by kernel with overlaps and without fusion.

The image is in the pool. Expected are the published tables of bounds (bytes, int8); skipped without
the models.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from nnopt.lowering.onnx_frontend import import_model
from nnopt.passes.memory.network import KernelNetwork
from nnopt.passes.memory.overlap import OverlapPlacement, lower_bound
from nnopt.tools.pipeline import Options, phases, run_passes

WHOLE_PIXELS = (1, 1 << 20)
"""A register block of all channels: a pixel is written when all of it has been computed."""

POOLS: dict[str, tuple[int, int, int]] = {
    # overlap bound of the tables; whole pixels, kernels may run backwards; default kernels, same
    "mcunet-vww0": (49_968, 49_152, 49_200),
    "mcunet-vww1": (76_800, 76_800, 76_814),
    "mcunet-in0": (37_696, 36_864, 36_928),
    "mcunet-in3": (196_656, 196_656, 196_736),
    "mlperf_vww_mbv1_int8": (36_864, 36_864, 36_878),
    "mlperf_ic_resnet8_int8": (33_296, 33_296, 33_326),
    "mlperf_kws_dscnn_int8": (8_384, 8_384, 8_448),
}


def scheduled(model: Path) -> func.FuncOp:
    """The main function at the level of scheduled kernels, with all channels, as the bounds count
    them; float models are calibrated.
    """
    samples = model.with_name(f"{model.stem}_io.npz")
    integer = model.stem.endswith("_int8")
    options = Options(algorithm="direct")
    if not integer:
        options = replace(options, quantize="int8", calibrate=str(samples))
    module: ModuleOp = import_model(model)
    for phase, specifications in phases(options).items():
        if phase == "placed":
            break
        run_passes(module, [name for name in specifications if name != "drop-channels"])
    return next(op for op in module.body.block.ops if isinstance(op, func.FuncOp))


def pool(network: KernelNetwork, circular: bool = False) -> OverlapPlacement:
    placement = network.problem(in_pool=True, alignment=1).place(circular=circular)
    assert placement.proven
    return placement


@pytest.mark.parametrize("name", POOLS)
def test_pools_are_the_known_bounds(name: str, shared: Path) -> None:
    bound, turned, direct = POOLS[name]
    function = scheduled(shared / "models" / f"{name}.onnx")
    forwards = KernelNetwork(function, WHOLE_PIXELS)
    assert pool(forwards, circular=True).size == bound
    if name != "mlperf_kws_dscnn_int8":  # a chain of equal tensors walks down a linear pool
        assert pool(forwards).size == bound
    assert pool(KernelNetwork(function, WHOLE_PIXELS, turn=True)).size == turned
    assert pool(KernelNetwork(function, turn=True)).size == direct


def test_tensors_one_by_one_need_the_known_bytes(shared: Path) -> None:
    network = KernelNetwork(scheduled(shared / "models" / "mlperf_kws_dscnn_int8.onnx"))
    assert lower_bound(network.problem(in_pool=True).buffers) == 16_000

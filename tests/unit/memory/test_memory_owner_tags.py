"""No byte is overwritten before its last read: placed networks on memory that knows its owners."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kernel_lab import Array, same_bits
from owner_tags import LostByteError, moved, run_tagged
from random_networks import networks, scheduled
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import vpool
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.place import PlacePass
from nnopt.passes.schedule.fuse_rows import FuseRowsPass
from nnopt.tools.compile import compile_module
from nnopt.tools.pipeline import Options
from nnopt.tools.semantics import ports

quick = [HealthCheck.too_slow, HealthCheck.data_too_large]
MODELS = Path(__file__).resolve().parents[3] / "examples" / "models"


def placed(module: ModuleOp, **options: Any) -> ModuleOp:
    module = module.clone()
    PlacePass(**options).apply(Context(), module)
    LowerKernelsPass().apply(Context(), module)
    module.verify()
    return module


def check_network(case: tuple[ModuleOp, dict[str, Array]], data: st.DataObject) -> None:
    module, inputs = case
    expected = run_function(module, inputs)
    kernels = scheduled(data.draw, module)
    if data.draw(st.booleans()):  # all that can run row by row does, or what saves bytes
        match = data.draw(st.sampled_from(["", "", None]))
        groups = data.draw(st.booleans())
        FuseRowsPass(match, groups, io="pool").apply(Context(), kernels)
        kernels.verify()
        assert same_results(run_function(kernels, inputs), expected)
    strategy = data.draw(st.sampled_from(["exact", "exact", "first-fit"]))
    io = data.draw(st.sampled_from(["pool", "pool", "caller"]))
    alignment = data.draw(st.sampled_from([1, 4]))
    lowered = placed(kernels, strategy=strategy, io=io, alignment=alignment)
    found = run_tagged(lowered, inputs)
    assert same_results(found, expected)


def same_results(found: dict[str, Array], expected: dict[str, Array]) -> bool:
    same = all(same_bits(found[name], array) for name, array in expected.items())
    return found.keys() == expected.keys() and same


NETWORKS = 500 if os.environ.get("NNOPT_EXHAUSTIVE", "") not in ("", "0") else 40
"""Random networks; `make soak` runs them all, which takes a quarter of an hour."""


@settings(
    max_examples=NETWORKS,
    deadline=None,
    suppress_health_check=quick,
    derandomize=True,
    phases=[Phase.generate],
)
@given(networks(), st.data())
def test_random_networks(case: tuple[ModuleOp, dict[str, Array]], data: st.DataObject) -> None:
    check_network(case, data)


@pytest.mark.parametrize("io", ["caller", "pool"])
@pytest.mark.parametrize("name", ["digits_cnn_int8", "digits_resnet_int8"])
def test_shipped_models(name: str, io: str) -> None:
    loops = compile_module(MODELS / f"{name}.onnx", Options(io_memory=io))
    generator = np.random.default_rng(0)
    inputs = {port.name: port.store(port.random(generator)) for port in ports(loops)[0]}
    assert run_tagged(loops, inputs)


def test_a_range_that_lies_too_close_is_noticed() -> None:
    """Some range of a placement that is as small as can be, moved by a word, costs a byte."""
    module = compile_module(MODELS / "digits_cnn_int8.onnx", Options(io_memory="pool"))
    generator = np.random.default_rng(0)
    inputs = {port.name: port.store(port.random(generator)) for port in ports(module)[0]}
    views = [op for op in module.walk() if isinstance(op, vpool.ViewOp)]
    lost = 0
    for view in views[:4]:
        room = vpool.byte_size(cast(Any, view.arena.type)) - vpool.byte_size(view.result.type)
        for by in (-4, 4):
            if not 0 <= view.offset.value.data + by <= room:
                continue
            moved(module, [view], by)
            try:
                run_tagged(module, inputs)
            except LostByteError:
                lost += 1
            moved(module, [view], -by)
    assert lost

"""Kernels with other algorithms than the direct one: the same numbers on every level and in C."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from kernel_lab import Case, check, joined, lower, ops_of, same_bits, turned
from kernel_variants import (
    blocks,
    dense,
    depthwise,
    product,
    real,
    sums,
    unpacked,
    vectors,
    words,
)
from xdsl.context import Context
from xdsl.ir import Operation

from nnopt.dialects import dsp, helium, nn, vpool
from nnopt.lowering.kernels.kernel import VARIANTS as EMITTERS
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.place import PlacePass
from nnopt.passes.schedule.variants import VARIANTS
from nnopt.tools.package import package_files, write_package
from nnopt.tools.run import BOARDS, run_package

MAKERS = {
    "dense": dense,
    "product": product,
    "depthwise": depthwise,
    "blocks": blocks,
    "real": real,
    "vectors": vectors,
    "words": words,
    "unpacked": unpacked,
    "sums": sums,
}
ARM = ("mps2-an386", "mps3-an547")


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("kind", MAKERS)
def test_same_on_all_levels(kind: str, part: int, tmp_path: Path):
    cases = [MAKERS[kind](seed) for seed in range(part * 20, part * 20 + 20)]
    check([turned(case) for case in cases] if part else cases, tmp_path)


def test_one_plane_at_a_time(tmp_path: Path):
    """Forwards and backwards, in less memory than four planes of a band."""
    cases = [depthwise(seed, "one-plane") for seed in range(12)]
    check([case if seed % 2 else turned(case) for seed, case in enumerate(cases)], tmp_path)


def test_every_variant_has_loops():
    assert VARIANTS.keys() == EMITTERS.keys()
    others = {"direct", "rows", "row-groups", "groups-again", "patches"}
    assert {name for _, name in VARIANTS} | others == set(vpool.ALGORITHMS)


@pytest.mark.parametrize(
    ("kind", "op"), [("dense", dsp.TileOp), ("product", dsp.TileOp), ("depthwise", dsp.DepthwiseOp)]
)
def test_inner_loops_are_used(kind: str, op: type[Operation]):
    module = joined([MAKERS[kind](seed) for seed in range(20)]).module
    PlacePass().apply(Context(), module)
    LowerKernelsPass().apply(Context(), module)
    found = [inner for inner in module.walk() if isinstance(inner, op)]
    assert len(found) > 3
    steps = {cast(Any, inner).pixels.value.data for inner in found if op is dsp.TileOp}
    steps |= {cast(Any, inner).stride.value.data for inner in found if op is dsp.DepthwiseOp}
    assert steps == {1, 2} or kind == "product"
    assert {cast(Any, inner).shift is None for inner in found} == {False, True}


def test_vectors_are_used():
    module = joined([vectors(seed) for seed in range(20)]).module
    PlacePass().apply(Context(), module)
    LowerKernelsPass().apply(Context(), module)
    tiles = [op for op in module.walk() if isinstance(op, helium.TileOp)]
    assert {(op.shift is None, op.twice is None) for op in tiles} >= {(True, False), (False, True)}
    assert any(op.channels.value.data % 4 for op in tiles)
    assert any(isinstance(op, helium.DotOp) for op in module.walk())


def test_sums_are_used():
    module = joined([sums(seed) for seed in range(20)]).module
    PlacePass().apply(Context(), module)
    LowerKernelsPass().apply(Context(), module)
    assert 10 < sum(isinstance(op, helium.SumOp) for op in module.walk()) < 20


def test_some_windows_are_read_from_rows_of_the_image():
    cases = [dense(seed) for seed in range(2, 20, 4)]
    packed = [op for case in cases for op in case.module.walk() if isinstance(op, vpool.UnpackOp)]
    assert sum(op.layout.data == "rows" for op in packed) > 2


def test_some_products_are_summed_in_pieces():
    unpacked = [op for op in product(1).module.walk() if isinstance(op, vpool.UnpackOp)]
    assert unpacked[0].pieces.value.data > 1


ON_BOARDS = [
    *((make, board) for make in (dense, product, depthwise, real) for board in ARM),
    *((make, "riscv32") for make in (blocks, depthwise)),
    *((make, "mps3-an547") for make in (vectors, words, sums)),
    (unpacked, "mps2-an386"),
]


@pytest.mark.parametrize(("make", "board"), ON_BOARDS)
def test_on_boards(make: Callable[[int], Case], board: str, tmp_path: Path):
    for program in (BOARDS[board].compiler, BOARDS[board].emulator[0]):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    cases = [make(seed) for seed in range(100, 124)]
    packed = nn.ConstantOp if make is unpacked else vpool.UnpackOp
    assert make is sums or packed in ops_of(cases)
    levels = lower(joined(cases), "net")
    levels.unit.single_file = False
    write_package(tmp_path / "out", package_files(levels.unit, {}))
    samples = {name: array[None] for name, array in levels.case.inputs.items()}
    result = run_package(tmp_path / "out", samples, board, raw=True)
    for name, loops in levels.loops.items():
        assert same_bits(result.outputs[name][0], loops), name
        if loops.dtype.kind != "f":
            assert same_bits(loops, levels.tensors[name]), name

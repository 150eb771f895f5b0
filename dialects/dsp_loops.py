"""Ops of the `dsp` dialect that are whole inner loops: lanes from bytes, and bytes from lanes.

They are one op each because their instructions belong together: the C spelling
(`runtime_c/nnopt_lanes.h`, `nnopt_planes.h`) groups the loads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    I32,
    I64,
    BytesAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    Float32Type,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    TensorType,
    f32,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from .unpacking import SUMS


def check_memory(memory: Attribute, width: int, what: str) -> None:
    """Raise where a memory is not flat with elements of so many bits."""
    assert isa(memory, MemRefType)
    element = memory.element_type
    right = isa(element, IntegerType) and element.width.data == width
    if memory.get_num_dims() != 1 or not right:
        raise VerifyException(
            f"(C1) {what} must be flat with elements of {width} bits, found {memory}"
        )


@irdl_op_definition
class WidenOp(IRDLOperation):
    """Bytes become lanes: a run of `length` elements, in the order 0 2 1 3 of every four.

    Lanes `first` to `first + count` are the bytes from `from` on, minus the zero point; all other
    lanes, up to the next multiple of four, are zero. (C1) `source` is flat bytes, `target` flat
    i16.
    """

    name = "dsp.widen"
    source = operand_def(MemRefType)
    at = operand_def(IndexType)
    target = operand_def(MemRefType)
    to = operand_def(IndexType)
    first = operand_def(IndexType)
    count = operand_def(IndexType)
    length = prop_def(IntegerAttr[I64])
    zero_point = prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$source `[` $at `]` `,` $target `[` $to `]` `lanes` $first `,` $count attr-dict"
        " `:` type($source) `,` type($target)"
    )

    def __init__(
        self,
        source: tuple[SSAValue, SSAValue],
        target: tuple[SSAValue, SSAValue],
        lanes: tuple[SSAValue, SSAValue],
        length: int,
        zero_point: int,
    ):
        super().__init__(
            operands=[*source, *target, *lanes],
            properties={
                "length": IntegerAttr(length, i64),
                "zero_point": IntegerAttr(zero_point, i64),
            },
        )

    def verify_(self) -> None:
        check_memory(self.source.type, 8, "source")
        check_memory(self.target.type, 16, "target")


@irdl_op_definition
class LoadPairOp(IRDLOperation):
    """LDR: two consecutive lanes as one register; `index` is even.

    (C1) `memory` is flat i16.
    """

    name = "dsp.load_pair"
    memory = operand_def(MemRefType)
    index = operand_def(IndexType)
    result = result_def(I32)
    traits = traits_def(MemoryReadEffect())
    assembly_format = "$memory `[` $index `]` attr-dict `:` type($memory)"

    def __init__(self, memory: SSAValue, index: SSAValue):
        super().__init__(operands=[memory, index], result_types=[i32])

    def verify_(self) -> None:
        check_memory(self.memory.type, 16, "memory")


@irdl_op_definition
class PlanesOp(IRDLOperation):
    """A row of pixels of some channels becomes lanes, one plane per channel.

    Lane `to + c * plane + p` of `target` is the byte `at + p * depth + c` of `source` minus the
    zero point, for `channels` (1 to 4) channels c and `pixels` pixels p. `to + lead` is even,
    `lead` being 0 or 1. Of four channels, the lanes that share a word with the first and with the
    last pixel become zero. (C1) `source` is flat bytes, `target` flat i16.
    """

    name = "dsp.planes"
    source = operand_def(MemRefType)
    at = operand_def(IndexType)
    target = operand_def(MemRefType)
    to = operand_def(IndexType)
    pixels = prop_def(IntegerAttr[I64])
    channels = prop_def(IntegerAttr[I64])
    depth = prop_def(IntegerAttr[I64])
    plane = prop_def(IntegerAttr[I64])
    lead = prop_def(IntegerAttr[I64])
    zero_point = prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$source `[` $at `]` `,` $target `[` $to `]` attr-dict `:` type($source) `,` type($target)"
    )

    def __init__(
        self,
        source: tuple[SSAValue, SSAValue],
        target: tuple[SSAValue, SSAValue],
        **numbers: int,
    ):
        super().__init__(
            operands=[*source, *target],
            properties={key: IntegerAttr(value, i64) for key, value in numbers.items()},
        )

    def verify_(self) -> None:
        check_memory(self.source.type, 8, "source")
        check_memory(self.target.type, 16, "target")


Lanes = int | tuple[int, int, int]
"""The lanes of a pixel: fours of them, or how many runs of how many pairs at which distance."""


def _lanes_property(lanes: Lanes) -> dict[str, Attribute]:
    if isinstance(lanes, int):
        return {"quads": IntegerAttr(lanes, i64)}
    return {"runs": DenseArrayBase.from_list(i64, lanes)}


def runs_of(op: DotOp | TileOp) -> tuple[int, int, int]:
    """Number of runs of lanes of a pixel, pairs of lanes of each, their distance."""
    if op.quads is not None:
        return 1, 2 * op.quads.value.data, 0
    assert op.runs is not None
    count, pairs, step = op.runs.get_values()
    return int(count), int(pairs), int(step)


def _check_lanes(op: DotOp | TileOp) -> None:
    if (op.quads is None) == (op.runs is None) or (op.runs is not None and len(op.runs) != 3):
        raise VerifyException("(C5) either quads or runs of three numbers needed")


@irdl_op_definition
class DotOp(IRDLOperation):
    """Dot products of four output channels and one or two pixels (up to four with `lanes`), added
    to accumulators.

    Pixel p is the `4 * quads` lanes from `x[at + p * pixel_step]` on, as `dsp.widen` left them, or
    `runs` (n, m, s): n times 2 m lanes, s lanes apart. The weights are four bytes for each lane,
    from `w[from]` on, packed as `pairs` (`dialects/packing.py`). The results are pixel by pixel,
    channel by channel. Channels 1 and 3 (hi) go through 32 bits from which the sum of channel 0 or
    2 (lo) is taken off: their sums must lie in [-2^23, 2^23). With `lanes` instead of `quads`,
    pixel p is so many lanes, and the weights are bytes: four channels of each lane.

    (C1) `x` is flat i16, `w` flat bytes; (C2) four or eight accumulators (with `lanes` twelve or 16
    as well), as many results; (C5) either `quads` or three numbers of `runs`, or else `lanes`.
    """

    name = "dsp.dot"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    w = operand_def(MemRefType)
    start = operand_def(IndexType)
    accumulators = var_operand_def(I32)
    quads = opt_prop_def(IntegerAttr[I64])
    runs = opt_prop_def(DenseArrayBase[I64])
    lanes = opt_prop_def(IntegerAttr[I64])
    pixel_step = prop_def(IntegerAttr[I64])
    sums = var_result_def(I32)
    traits = traits_def(MemoryReadEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `,` $w `[` $start `]` `into` $accumulators attr-dict"
        " `:` type($x) `,` type($w) `->` type($sums)"
    )
    CHANNELS: ClassVar = 4

    def __init__(
        self,
        x: tuple[SSAValue, SSAValue],
        w: tuple[SSAValue, SSAValue],
        accumulators: Sequence[SSAValue],
        lanes: Lanes,
        pixel_step: int,
        plain: bool = False,
    ):
        given = _lanes_property(lanes)
        if plain:
            assert isinstance(lanes, int)
            given = {"lanes": IntegerAttr(lanes, i64)}
        super().__init__(
            operands=[*x, *w, accumulators],
            result_types=[[i32] * len(accumulators)],
            properties={**given, "pixel_step": IntegerAttr(pixel_step, i64)},
        )

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return len(self.accumulators) // self.CHANNELS

    def verify_(self) -> None:
        check_memory(self.x.type, 16, "x")
        check_memory(self.w.type, 8, "w")
        allowed = (4, 8) if self.lanes is None else (4, 8, 12, 16)
        if len(self.accumulators) not in allowed or len(self.sums) != len(self.accumulators):
            raise VerifyException(
                f"(C2) four or eight accumulators and as many results needed, found "
                f"{len(self.accumulators)} and {len(self.sums)}"
            )
        if self.lanes is None or self.quads is not None or self.runs is not None:
            _check_lanes(self)


@irdl_op_definition
class UnpackedOp(IRDLOperation):
    """Dot products of some output channels and pixels with weights that the code holds itself.

    The sum of pixel p and channel c is the accumulator p * channels + c, plus the products of the
    weights of row c with the lanes of `x` from `at + pixels[p]` on: `runs` (n, m, s), n times 2 m
    lanes, s lanes apart; modulo 2^32. The printer expands the op to straight-line code without the
    weights that are zero (`dialects/unpacking.py`).

    (C1) `x` is flat i16; (C2) the weights are bytes, a row of n * 2 m for each channel; (C3) one
    accumulator for each pixel and channel, at most eight, and as many results; (C4) all pixels and
    runs begin an even number of lanes from the first, which is even as well.
    """

    name = "dsp.unpacked"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    accumulators = var_operand_def(I32)
    weights = prop_def(DenseIntOrFPElementsAttr)
    pixels = prop_def(DenseArrayBase[I64])
    runs = prop_def(DenseArrayBase[I64])
    sums = var_result_def(I32)
    traits = traits_def(MemoryReadEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$x `[` $at `]` `into` $accumulators attr-dict `:` type($x) `->` type($sums)"

    def __init__(
        self,
        x: tuple[SSAValue, SSAValue],
        accumulators: Sequence[SSAValue],
        weights: NDArray[np.int8],
        pixels: Sequence[int],
        runs: tuple[int, int, int],
    ):
        super().__init__(
            operands=[*x, accumulators],
            result_types=[[i32] * len(accumulators)],
            properties={
                "weights": DenseIntOrFPElementsAttr(
                    TensorType(i8, weights.shape), BytesAttr(weights.tobytes())
                ),
                "pixels": DenseArrayBase.from_list(i64, pixels),
                "runs": DenseArrayBase.from_list(i64, runs),
            },
        )

    @property
    def array(self) -> NDArray[np.int8]:
        """The weights, (channels, pairs of lanes, 2)."""
        data = np.frombuffer(self.weights.data.data, np.int8)
        shape = self.weights.type.get_shape()
        return np.broadcast_to(data, math.prod(shape)).reshape(shape[0], -1, 2)

    @property
    def bases(self) -> list[int]:
        """The first lane of each pixel."""
        return [int(lane) for lane in self.pixels.get_values()]

    @property
    def lanes(self) -> list[int]:
        """The first lane of each pair."""
        count, pairs, step = (int(v) for v in self.runs.get_values())
        return [r * step + 2 * j for r in range(count) for j in range(pairs)]

    def verify_(self) -> None:
        check_memory(self.x.type, 16, "x")
        if len(self.runs) != 3:
            raise VerifyException("(C2) three numbers of runs needed")
        count, pairs, step = (int(v) for v in self.runs.get_values())
        shape = self.weights.type.get_shape()
        if self.weights.type.element_type != i8 or shape[1:] != (2 * count * pairs,):
            raise VerifyException(
                f"(C2) weights must be bytes, rows of {2 * count * pairs}, found "
                f"{self.weights.type}"
            )
        most = len(self.pixels) * shape[0]
        if not len(self.accumulators) == len(self.sums) == most or not 1 <= most <= SUMS:
            raise VerifyException(
                f"(C3) {len(self.pixels)} pixels of {shape[0]} channels need as many accumulators "
                f"and results, {SUMS} at most, found {len(self.accumulators)} and {len(self.sums)}"
            )
        if any(lane % 2 for lane in (*self.bases, step)):
            raise VerifyException("(C4) pixels and runs must begin at even lanes")


@irdl_op_definition
class RealDotOp(IRDLOperation):
    """Dot products on f32 of four or eight output channels and up to four pixels.

    To the accumulator of pixel p and channel c are added, one after the other and each product and
    sum rounded, x[at + p * pixel_step + i] * w[start + i * channels + c] for i below `length`.
    Accumulators are pixel by pixel, channel by channel.

    (C1) `x` and `w` are flat f32; (C2) four channels and up to four pixels, or eight channels and
    one pixel; as many results as accumulators.
    """

    name = "dsp.real_dot"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    w = operand_def(MemRefType)
    start = operand_def(IndexType)
    length = operand_def(IndexType)
    accumulators = var_operand_def(Float32Type)
    channels = prop_def(IntegerAttr[I64])
    pixel_step = prop_def(IntegerAttr[I64])
    sums = var_result_def(Float32Type)
    traits = traits_def(MemoryReadEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `,` $w `[` $start `]` `,` $length `into` $accumulators attr-dict"
        " `:` type($x) `,` type($w) `->` type($sums)"
    )

    def __init__(
        self,
        x: tuple[SSAValue, SSAValue],
        w: tuple[SSAValue, SSAValue],
        length: SSAValue,
        accumulators: Sequence[SSAValue],
        channels: int,
        pixel_step: int,
    ):
        super().__init__(
            operands=[*x, *w, length, accumulators],
            result_types=[[f32] * len(accumulators)],
            properties={
                "channels": IntegerAttr(channels, i64),
                "pixel_step": IntegerAttr(pixel_step, i64),
            },
        )

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return len(self.accumulators) // self.channels.value.data

    def verify_(self) -> None:
        for name in ("x", "w"):
            memory = getattr(self, name).type
            if memory.get_num_dims() != 1 or memory.element_type != f32:
                raise VerifyException(f"(C1) {name} must be flat f32, found {memory}")
        block, count = self.channels.value.data, len(self.accumulators)
        allowed = {4: (4, 8, 12, 16), 8: (8,)}.get(block, ())
        if count not in allowed or len(self.sums) != count:
            raise VerifyException(
                f"(C2) four channels and up to four pixels, or eight and one, needed; found "
                f"{count} accumulators of {block} channels and {len(self.sums)} results"
            )


@irdl_op_definition
class TileOp(IRDLOperation):
    """Blocks of four output channels and one or two pixels, from lanes to stored bytes.

    The sums of block b are those of `dsp.dot` with the weights that follow those of b - 1. That of
    channel c, counted over all blocks, begins with `bias[first + c]`, is rescaled, and becomes byte
    `to + p * out_step + c` of `out`. With a `shift` the rescale is `dsp.ssat` of `dsp.smmla`, by
    the pair of numbers from `scale[row + 2 * c]` on. Without, it rounds twice: by factor, constant
    and shift from `scale[row + 3 * c]` on, `dsp.smmlar` of the doubled sum (`dsp.qadd`), less one
    where the sum is negative, is shifted and saturated to bytes.

    (C1) `x` is flat i16, `w` and `out` flat bytes, `bias` and `scale` flat i32; (C2) one or two
    pixels; (C3) a shift is in 1..31; (C5) either `quads` or three numbers of `runs`.
    """

    name = "dsp.tile"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    w = operand_def(MemRefType)
    start = operand_def(IndexType)
    bias = operand_def(MemRefType)
    first = operand_def(IndexType)
    scale = operand_def(MemRefType)
    row = operand_def(IndexType)
    out = operand_def(MemRefType)
    to = operand_def(IndexType)
    blocks = prop_def(IntegerAttr[I64])
    quads = opt_prop_def(IntegerAttr[I64])
    runs = opt_prop_def(DenseArrayBase[I64])
    pixels = prop_def(IntegerAttr[I64])
    pixel_step = prop_def(IntegerAttr[I64])
    out_step = prop_def(IntegerAttr[I64])
    shift = opt_prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `,` $w `[` $start `]` `,` $bias `[` $first `]` `,` $scale `[` $row `]` `to`"
        " $out `[` $to `]` attr-dict `:` type($x) `,` type($w) `,` type($bias) `,` type($scale) `,`"
        " type($out)"
    )

    def __init__(self, *places: tuple[SSAValue, SSAValue], lanes: Lanes, **numbers: int):
        """`places` are memory and index of x, w, bias, scale and out."""
        properties = {key: IntegerAttr(value, i64) for key, value in numbers.items()}
        super().__init__(
            operands=[value for place in places for value in place],
            properties={**properties, **_lanes_property(lanes)},
        )

    def verify_(self) -> None:
        widths = {"x": 16, "w": 8, "bias": 32, "scale": 32, "out": 8}
        for name, width in widths.items():
            check_memory(getattr(self, name).type, width, name)
        if self.pixels.value.data not in (1, 2):
            raise VerifyException(f"(C2) one or two pixels, found {self.pixels.value.data}")
        if self.shift is not None:
            check_shift(self.shift.value.data)
        _check_lanes(self)


@irdl_op_definition
class DepthwiseOp(IRDLOperation):
    """Outputs of a square window on one plane of lanes, stored as bytes.

    Output (r, p) is the sum, over rows i and columns j of the window, of lane
    `at + (r * row_stride + i) * width + p * stride + j` times weight (i, j) of the channel whose
    packed weights begin at `w[start]` (`planes` of `dialects/packing.py`), plus the bias. It is
    rescaled by factor and constant, and becomes byte `to + r * below + p * out_step` of `out`, for
    `rows` rows of `columns` outputs. The rescale is `dsp.ssat` of `dsp.smmla` with a `shift`; or
    `dsp.smmlar` of the doubled sum (`dsp.qadd`), shifted by a register, `by`, and saturated.

    (C1) `x` is flat i16, `w` and `out` flat bytes; (C2) windows of 3, 5 or 7 rows and columns; (C3)
    a shift is in 1..31; (C4) steps of 1 or 2 lanes; (C5) either a `shift` or `by`.
    """

    name = "dsp.depthwise"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    w = operand_def(MemRefType)
    start = operand_def(IndexType)
    bias = operand_def(I32)
    factor = operand_def(I32)
    constant = operand_def(I32)
    out = operand_def(MemRefType)
    to = operand_def(IndexType)
    rows = operand_def(IndexType)
    by = opt_operand_def(I32)
    columns = prop_def(IntegerAttr[I64])
    size = prop_def(IntegerAttr[I64])
    row_stride = prop_def(IntegerAttr[I64])
    stride = prop_def(IntegerAttr[I64])
    width = prop_def(IntegerAttr[I64])
    out_step = prop_def(IntegerAttr[I64])
    below = prop_def(IntegerAttr[I64])
    shift = opt_prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `by` $w `[` $start `]` `plus` $bias `scaled` $factor `,` $constant"
        " `to` $out `[` $to `]` `rows` $rows (`by` $by^)? attr-dict"
        " `:` type($x) `,` type($w) `,` type($out)"
    )
    SIZES: ClassVar = (3, 5, 7)

    def __init__(
        self,
        x: tuple[SSAValue, SSAValue],
        w: tuple[SSAValue, SSAValue],
        rescale: tuple[SSAValue, SSAValue, SSAValue],
        out: tuple[SSAValue, SSAValue],
        rows: SSAValue,
        by: SSAValue | None,
        **numbers: int,
    ):
        """`rescale` are bias, factor and constant."""
        super().__init__(
            operands=[*x, *w, *rescale, *out, rows, by],
            properties={key: IntegerAttr(value, i64) for key, value in numbers.items()},
        )

    def verify_(self) -> None:
        for name, width in {"x": 16, "w": 8, "out": 8}.items():
            check_memory(getattr(self, name).type, width, name)
        if self.size.value.data not in self.SIZES:
            raise VerifyException(
                f"(C2) a window of 3, 5 or 7 rows and columns needed, found {self.size.value.data}"
            )
        if self.shift is not None:
            check_shift(self.shift.value.data)
        if (self.shift is None) == (self.by is None):
            raise VerifyException("(C5) either a shift or the register `by` needed")
        if self.stride.value.data not in (1, 2):
            raise VerifyException(f"(C4) steps of 1 or 2 lanes, found {self.stride.value.data}")


def check_shift(shift: int) -> None:
    """Raise where SSAT cannot shift by so many bits."""
    if not 1 <= shift <= 31:
        raise VerifyException(f"the shift must be in 1..31, found {shift}")

"""The `helium` dialect: loops on the vectors of Armv8.1-M (Cortex-M55, Cortex-M85).

Vectors have 128 bits. Dense products are VMLADAVA on 16 bytes of inputs and of weights: so inputs
stay bytes, and what their zero point adds to the sums is in the bias (`vpool.shift_bias`). Each op
is a whole loop, whose specification is its interpreter; its C is in `runtime_c/nnopt_helium.h`,
instructions where the compiler targets such a core, portable C with the same bits elsewhere.

Unsigned inputs are copied as signed ones, 128 less.

Source: Armv8-M Architecture Reference Manual (DDI 0553), C2.4.
"""

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    I32,
    I64,
    IndexType,
    IntegerAttr,
    MemRefType,
    UnitAttr,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from .dsp_loops import check_memory
from .vpool import is_unsigned

Place = tuple[SSAValue, SSAValue]
"""Memory and the index at which something begins in it."""

CHANNELS = 4
"""Output channels of a block: results are rescaled in vectors of 32-bit lanes."""


def _numbers(numbers: dict[str, int]) -> dict[str, IntegerAttr]:
    return {key: IntegerAttr(value, i64) for key, value in numbers.items()}


def _less(source: SSAValue) -> int:
    """What is taken off bytes so that they are signed."""
    assert isa(source.type, MemRefType)
    return 128 if is_unsigned(source.type.element_type) else 0


def _check_signed(type_: Attribute, name: str) -> None:
    assert isa(type_, MemRefType)
    check_memory(type_, 8, name)
    if type_.element_type != i8:
        raise VerifyException(f"(C1) {name} must hold signed bytes, found {type_}")


@irdl_op_definition
class CopyOp(IRDLOperation):
    """A run of bytes of an image, with padding where it lies outside.

    Byte `to + i` of `target`, for i below `length`, is byte `at + i - first` of `source` for i from
    `first` on, `count` of them, and the zero point elsewhere. From unsigned bytes, and the zero
    point then, 128 is taken off. Where `count` is not positive, there is only the zero point.

    (C1) `source` is flat bytes, `target` flat signed bytes; (C2) the zero point is one of the
    source's numbers.
    """

    name = "helium.copy"
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
        "$source `[` $at `]` `,` $target `[` $to `]` `,` $first `,` $count attr-dict"
        " `:` type($source) `,` type($target)"
    )

    def __init__(
        self, source: Place, target: Place, part: tuple[SSAValue, SSAValue], **numbers: int
    ):
        super().__init__(operands=[*source, *target, *part], properties=_numbers(numbers))

    @property
    def padding(self) -> int:
        """What stands for zero in the target."""
        return self.zero_point.value.data - _less(self.source)

    def verify_(self) -> None:
        check_memory(self.source.type, 8, "source")
        _check_signed(self.target.type, "target")
        if not -128 <= self.padding <= 127:
            raise VerifyException(f"(C2) zero point {self.zero_point.value.data} is no byte")


@irdl_op_definition
class FillOp(IRDLOperation):
    """The bytes from `start` on, before `end`, become `value`; none if `end` is not larger.

    (C1) `target` is flat signed bytes; (C2) `value` is a signed byte.
    """

    name = "helium.fill"
    target = operand_def(MemRefType)
    start = operand_def(IndexType)
    end = operand_def(IndexType)
    value = prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$target `[` $start `to` $end `]` attr-dict `:` type($target)"

    def __init__(self, target: SSAValue, start: SSAValue, end: SSAValue, value: int):
        super().__init__(operands=[target, start, end], properties=_numbers({"value": value}))

    def verify_(self) -> None:
        _check_signed(self.target.type, "target")
        if not -128 <= self.value.value.data <= 127:
            raise VerifyException(f"(C2) {self.value.value.data} is no signed byte")


@irdl_op_definition
class DotOp(IRDLOperation):
    """Dot products of four output channels and one or two pixels, added to accumulators.

    Pixel p is the `lanes` bytes from `x[at + p * pixel_step]` on, though vectors of 16 are read;
    the weights begin at `w[start]`, packed as `vectors` (`dialects/packing.py`). Accumulators and
    results are pixel by pixel, channel by channel.

    (C1) `x` and `w` are flat signed bytes; (C2) four or eight accumulators, as many results.
    """

    name = "helium.dot"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    w = operand_def(MemRefType)
    start = operand_def(IndexType)
    accumulators = var_operand_def(I32)
    lanes = prop_def(IntegerAttr[I64])
    pixel_step = prop_def(IntegerAttr[I64])
    sums = var_result_def(I32)
    traits = traits_def(MemoryReadEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `,` $w `[` $start `]` `into` $accumulators attr-dict"
        " `:` type($x) `,` type($w) `->` type($sums)"
    )

    def __init__(self, x: Place, w: Place, accumulators: Sequence[SSAValue], **numbers: int):
        super().__init__(
            operands=[*x, *w, accumulators],
            result_types=[[i32] * len(accumulators)],
            properties=_numbers(numbers),
        )

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return len(self.accumulators) // CHANNELS

    def verify_(self) -> None:
        for name in ("x", "w"):
            _check_signed(getattr(self, name).type, name)
        count = len(self.accumulators)
        if count not in (4, 8) or len(self.sums) != count:
            raise VerifyException(
                f"(C2) four or eight accumulators and as many results needed, found {count} and "
                f"{len(self.sums)}"
            )


@irdl_op_definition
class TileOp(IRDLOperation):
    """Some pixels in all of their output channels, from bytes to stored bytes.

    Pixel p is the `lanes` bytes from `x[at + p * pixel_step]` on, though vectors of 16 are read. To
    its dot product with the weights of channel c (from `w[start]` on, packed as `vectors`) is added
    `bias[first + c]`; the sum is rescaled and becomes byte `to + p * channels + c` of `out`.

    `scale` has, from `row` on, for each four channels their multipliers, then their constants, and
    without a `shift` their shifts. The rescale is the high half of sum times multiplier, plus
    the constant, shifted right and saturated to bytes. `twice`: the high half is that of twice the
    sum (saturated), rounded to nearest, and one is taken off where the sum is negative.

    (C1) `x`, `w` and `out` are flat signed bytes, `bias` and `scale` flat i32; (C2) a shift is in
    1..31.
    """

    name = "helium.tile"
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
    pixels = prop_def(IntegerAttr[I64])
    channels = prop_def(IntegerAttr[I64])
    lanes = prop_def(IntegerAttr[I64])
    pixel_step = prop_def(IntegerAttr[I64])
    shift = opt_prop_def(IntegerAttr[I64])
    twice = opt_prop_def(UnitAttr)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `,` $w `[` $start `]` `,` $bias `[` $first `]` `,` $scale `[` $row `]` `to`"
        " $out `[` $to `]` attr-dict `:` type($x) `,` type($w) `,` type($bias) `,` type($scale) `,`"
        " type($out)"
    )

    def __init__(self, *places: Place, twice: bool = False, **numbers: int):
        """`places` are memory and index of x, w, bias, scale and out."""
        super().__init__(
            operands=[value for place in places for value in place],
            properties={**_numbers(numbers), **({"twice": UnitAttr()} if twice else {})},
        )

    def verify_(self) -> None:
        for name in ("x", "w", "out"):
            _check_signed(getattr(self, name).type, name)
        for name in ("bias", "scale"):
            check_memory(getattr(self, name).type, 32, name)
        _check_shift(self.shift)


def _check_shift(shift: IntegerAttr[I64] | None) -> None:
    if shift is not None and not 1 <= shift.value.data <= 31:
        raise VerifyException(f"(C2) the shift must be in 1..31, found {shift.value.data}")


@irdl_op_definition
class ColumnsOp(IRDLOperation):
    """Rows of an image as words of four bytes, for depthwise windows.

    Row i, one of `rows`, begins at that index of `source`; pixels are `depth` bytes apart. Of pixel
    j < `pixels` and channel k < `channels`, its byte becomes byte `to + i / 4 * plane + j * pitch +
    4 * k + i % 4` of `target`. Rows before `first` and from `end` on are the zero point instead,
    and nothing is read of them. From unsigned bytes 128 is taken off. Each column is written as 64
    bytes of each plane, whatever `channels`, before the next one; beyond the pitch of the last
    column the zero point is left.

    (C1) `source` is flat bytes, `target` flat signed bytes; (C2) one to eight rows and one to 16
    channels.
    """

    name = "helium.columns"
    source = operand_def(MemRefType)
    rows = var_operand_def(IndexType)
    first = operand_def(IndexType)
    end = operand_def(IndexType)
    target = operand_def(MemRefType)
    to = operand_def(IndexType)
    pixels = prop_def(IntegerAttr[I64])
    channels = prop_def(IntegerAttr[I64])
    depth = prop_def(IntegerAttr[I64])
    pitch = prop_def(IntegerAttr[I64])
    plane = prop_def(IntegerAttr[I64])
    zero_point = prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$source `[` $rows `]` `from` $first `to` $end `,` $target `[` $to `]` attr-dict"
        " `:` type($source) `,` type($target)"
    )

    def __init__(
        self,
        source: tuple[SSAValue, Sequence[SSAValue]],
        inside: tuple[SSAValue, SSAValue],
        target: Place,
        **numbers: int,
    ):
        """`inside` are the first of the rows that lie in the image, and their end."""
        super().__init__(
            operands=[source[0], source[1], *inside, *target], properties=_numbers(numbers)
        )

    @property
    def padding(self) -> int:
        """What stands for zero in the target."""
        return self.zero_point.value.data - _less(self.source)

    def verify_(self) -> None:
        check_memory(self.source.type, 8, "source")
        _check_signed(self.target.type, "target")
        if not 1 <= len(self.rows) <= 8 or not 1 <= self.channels.value.data <= 16:
            raise VerifyException(
                f"(C2) one to eight rows and one to 16 channels needed, found {len(self.rows)} and "
                f"{self.channels.value.data}"
            )


STEPS = (32, 64, 128)
"""Bytes from one depthwise window to the next for which there are loops."""


def _check_step(step: int) -> None:
    if step not in STEPS:
        raise VerifyException(f"(C3) a step of 32, 64 or 128 bytes needed, found {step}")


@irdl_op_definition
class WindowOp(IRDLOperation):
    """Sums of four depthwise windows of one channel, added to accumulators.

    The windows' columns are words as `helium.columns` left them, window p from `x[at + p * step]`
    on, and `quads` times four of them `pitch` bytes apart; further rows are `plane` bytes behind.
    The weights of the channel begin at `w[start]`, packed as `words` (`dialects/packing.py`).

    (C1) `x` and `w` are flat signed bytes; (C2) four accumulators and results; (C3) steps of 32, 64
    or 128 bytes.
    """

    name = "helium.window"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    w = operand_def(MemRefType)
    start = operand_def(IndexType)
    accumulators = var_operand_def(I32)
    step = prop_def(IntegerAttr[I64])
    pitch = prop_def(IntegerAttr[I64])
    quads = prop_def(IntegerAttr[I64])
    planes = prop_def(IntegerAttr[I64])
    plane = prop_def(IntegerAttr[I64])
    sums = var_result_def(I32)
    traits = traits_def(MemoryReadEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `,` $w `[` $start `]` `into` $accumulators attr-dict"
        " `:` type($x) `,` type($w) `->` type($sums)"
    )

    def __init__(self, x: Place, w: Place, accumulators: Sequence[SSAValue], **numbers: int):
        super().__init__(
            operands=[*x, *w, accumulators],
            result_types=[[i32] * len(accumulators)],
            properties=_numbers(numbers),
        )

    def verify_(self) -> None:
        for name in ("x", "w"):
            _check_signed(getattr(self, name).type, name)
        if len(self.accumulators) != 4 or len(self.sums) != 4:
            raise VerifyException(
                f"(C2) four accumulators and results needed, found {len(self.accumulators)}"
            )
        _check_step(self.step.value.data)


@irdl_op_definition
class WordsOp(IRDLOperation):
    """A row of outputs of depthwise windows in some channels, stored as bytes.

    Window p < `pixels` of channel k < `channels` is that of `helium.window` from `x[at + 4 * k]`
    on, with the weights of the k-th channel from `w[start]` on. To its sum is added `bias[first +
    k]`; it is rescaled as by `helium.tile` and becomes byte `to + p * depth + k` of `out`.

    (C1) `x`, `w` and `out` are flat signed bytes, `bias` and `scale` flat i32; (C2) a shift is in
    1..31; (C3) steps of 32, 64 or 128 bytes.
    """

    name = "helium.words"
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
    channels = prop_def(IntegerAttr[I64])
    pixels = prop_def(IntegerAttr[I64])
    step = prop_def(IntegerAttr[I64])
    pitch = prop_def(IntegerAttr[I64])
    quads = prop_def(IntegerAttr[I64])
    planes = prop_def(IntegerAttr[I64])
    plane = prop_def(IntegerAttr[I64])
    depth = prop_def(IntegerAttr[I64])
    shift = opt_prop_def(IntegerAttr[I64])
    twice = opt_prop_def(UnitAttr)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = TileOp.assembly_format

    def __init__(self, *places: Place, twice: bool = False, **numbers: int):
        """`places` are memory and index of x, w, bias, scale and out."""
        super().__init__(
            operands=[value for place in places for value in place],
            properties={**_numbers(numbers), **({"twice": UnitAttr()} if twice else {})},
        )

    def verify_(self) -> None:
        for name in ("x", "w", "out"):
            _check_signed(getattr(self, name).type, name)
        for name in ("bias", "scale"):
            check_memory(getattr(self, name).type, 32, name)
        _check_shift(self.shift)
        _check_step(self.step.value.data)


@irdl_op_definition
class SumOp(IRDLOperation):
    """Two rows of bytes, each times a factor, added, rescaled by a shift and stored as bytes.

    Byte `to + i` of `out`, for i below `length`, is `factor_x * x[at + i] + factor_y * y[from + i]
    + constant`, modulo 2^32, shifted right, and clamped to `low` .. `high`. Four elements are read
    before they are written.

    (C1) memory is flat signed bytes; (C2) a shift is in 1..31; (C3) the bounds are signed bytes.
    """

    name = "helium.sum"
    x = operand_def(MemRefType)
    at = operand_def(IndexType)
    y = operand_def(MemRefType)
    start = operand_def(IndexType)
    out = operand_def(MemRefType)
    to = operand_def(IndexType)
    length = prop_def(IntegerAttr[I64])
    factor_x = prop_def(IntegerAttr[I64])
    factor_y = prop_def(IntegerAttr[I64])
    constant = prop_def(IntegerAttr[I64])
    shift = prop_def(IntegerAttr[I64])
    low = prop_def(IntegerAttr[I64])
    high = prop_def(IntegerAttr[I64])
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$x `[` $at `]` `,` $y `[` $start `]` `to` $out `[` $to `]` attr-dict"
        " `:` type($x) `,` type($y) `,` type($out)"
    )

    def __init__(self, *places: Place, **numbers: int):
        """`places` are memory and index of x, y and out."""
        super().__init__(
            operands=[value for place in places for value in place], properties=_numbers(numbers)
        )

    def verify_(self) -> None:
        for name in ("x", "y", "out"):
            _check_signed(getattr(self, name).type, name)
        _check_shift(self.shift)
        low, high = self.low.value.data, self.high.value.data
        if not -128 <= low <= high <= 127:
            raise VerifyException(f"(C3) bounds {low} and {high} are no signed bytes in order")


HELIUM = Dialect("helium", [CopyOp, FillOp, DotOp, TileOp, ColumnsOp, WindowOp, WordsOp, SumOp], [])

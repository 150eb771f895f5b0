"""The inner loop of every contraction: a register block of dot products.

P rows of x times B rows of w, all of the same length, accumulated in P·B registers. Which
instructions do it is this file's business alone (the schedule's `isa`): plain C, or SMLAD on pairs
of int16 lanes (Armv7E-M), where the zero point is subtracted while bytes are extended to lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerType, f32, i32
from xdsl.ir import SSAValue
from xdsl.utils.hints import isa

from ...dialects import dsp
from ...dialects.vpool import WITH_DSP, is_unsigned
from .builder import Index
from .kernel import Kernel, element_of
from .scalar import minus, widened


@dataclass
class Operand:
    """A tensor (region value) as one side of a contraction: its memory and its zero point."""

    value: SSAValue
    zero_point: int = 0

    @property
    def is_byte(self) -> bool:
        """Whether its elements are 8-bit integers."""
        element = element_of(self.value)
        return isa(element, IntegerType) and element.width.data == 8


@dataclass
class Dot:
    """A block of dot products; `x` and `w` are the sides, `isa` the instruction set."""

    kernel: Kernel
    x: Operand
    w: Operand
    isa: str = "portable"

    def reads_pairs(self, accumulator: SSAValue) -> bool:
        """Whether four products at a time go through SMLAD."""
        narrow = self.x.is_byte and self.w.is_byte and accumulator.type == i32
        return narrow and self.isa in WITH_DSP

    def product(self, a: SSAValue, b: SSAValue, acc: SSAValue) -> SSAValue:
        """Acc + a * b in the accumulator's type."""
        builder = self.kernel.builder
        if acc.type == f32:
            return builder.emit(arith.AddfOp(acc, builder.emit(arith.MulfOp(a, b))))
        a, b = (widened(self.kernel, v, acc.type) for v in (a, b))
        return builder.emit(arith.AddiOp(acc, builder.emit(arith.MuliOp(a, b))))

    def load(self, side: Operand, offset: Index) -> SSAValue:
        """One element minus its zero point."""
        return minus(self.kernel, self.kernel.load(side.value, offset), side.zero_point)

    def single(
        self, xs: Sequence[Index], ws: Sequence[Index], accs: Sequence[SSAValue]
    ) -> list[SSAValue]:
        """One product per accumulator; the accumulators are ordered pixel by pixel."""
        x_values = [self.load(self.x, x) for x in xs]
        w_values = [self.load(self.w, w) for w in ws]
        pairs = [(x, w) for x in x_values for w in w_values]
        return [self.product(x, w, acc) for (x, w), acc in zip(pairs, accs, strict=True)]

    def quad(
        self, xs: Sequence[Index], ws: Sequence[Index], accs: Sequence[SSAValue]
    ) -> list[SSAValue]:
        """Four products per accumulator, as two SMLAD each."""
        x_pairs = [self._pairs(self.x, x) for x in xs]
        w_pairs = [self._pairs(self.w, w) for w in ws]
        results: list[SSAValue] = []
        builder = self.kernel.builder
        for index, acc in enumerate(accs):
            x, w = x_pairs[index // len(ws)], w_pairs[index % len(ws)]
            for lane_x, lane_w in zip(x, w, strict=True):
                acc = builder.emit(dsp.SmladOp(lane_x, lane_w, acc))
            results.append(acc)
        return results

    def _pairs(self, side: Operand, offset: Index) -> tuple[SSAValue, SSAValue]:
        """Bytes 0, 2 and bytes 1, 3 from `offset` on, as pairs of lanes minus the zero point."""
        builder = self.kernel.builder
        memory = self.kernel.memory[side.value]
        name = "x" if side is self.x else "w"
        word = builder.emit(dsp.LoadX4Op(memory, builder.value(offset)), f"{name}_bytes")
        base = builder.integer(dsp.both_lanes(-side.zero_point))
        extend = dsp.Uxtab16Op if is_unsigned(element_of(side.value)) else dsp.Sxtab16Op
        even = builder.emit(extend(base, word), f"{name}_even")
        return even, builder.emit(extend(base, word, 8), f"{name}_odd")

    def run(
        self,
        xs: Sequence[Index],
        ws: Sequence[Index],
        length: Index,
        multiple_of: int,
        accs: Sequence[SSAValue],
    ) -> list[SSAValue]:
        """Accumulate dot products of `length` elements from offsets `xs` and `ws` on.

        `length` is a multiple of `multiple_of`. Returns the accumulators, pixel by pixel.
        """
        builder = self.kernel.builder
        hints = accumulator_names(len(xs), len(ws))
        xs = [builder.named(x, "x_from") for x in xs]
        ws = [builder.named(w, "w_from") for w in ws]

        def body(step: str):
            def emit(i: Index, carried: list[SSAValue]) -> list[SSAValue]:
                x_at = [builder.named(builder.add(x, i), "x_at") for x in xs]
                w_at = [builder.named(builder.add(w, i), "w_at") for w in ws]
                return getattr(self, step)(x_at, w_at, carried)

            return emit

        if not self.reads_pairs(accs[0]) or (isinstance(length, int) and length < 4):
            return builder.for_(0, length, body("single"), accs, hint="i", carried_hints=hints)
        if isinstance(length, int):
            main: Index = length // 4 * 4
        elif multiple_of % 4 == 0:
            main = length
        else:
            quads = builder.emit(arith.DivSIOp(length, builder.value(4)))
            main = builder.mul(quads, 4)
        accs = builder.for_(0, main, body("quad"), accs, 4, "i", hints)
        if multiple_of % 4 == 0:
            return accs
        return builder.for_(main, length, body("single"), accs, hint="i", carried_hints=hints)


def accumulators(
    kernel: Kernel, bias: SSAValue, channels: Sequence[Index], pixels: int
) -> list[SSAValue]:
    """Accumulators that start at the bias of each channel, pixel by pixel."""
    single = pixels == 1
    name = "acc" if single else "bias"
    starts = [
        kernel.load(bias, channel, f"{name}{index}" if len(channels) > 1 else name)
        for index, channel in enumerate(channels)
    ]
    return [start for _ in range(pixels) for start in starts]


def accumulator_names(pixels: int, channels: int) -> list[str]:
    """Names for a register block's accumulators: by pixel and channel, as far as there are more."""
    return [
        "acc" + "_".join(str(i) for i, n in ((p, pixels), (c, channels)) if n > 1)
        for p in range(pixels)
        for c in range(channels)
    ]

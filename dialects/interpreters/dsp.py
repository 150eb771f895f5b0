"""Interpreter of the `dsp` dialect: registers are Python integers, signed 32 bit."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.interpreter import Interpreter, InterpreterFunctions, PythonValues, impl, register_impls
from xdsl.utils.exceptions import InterpretationError

from .. import dsp, packing
from ..dsp_loops import runs_of
from ..fixed_point import I32_MAX, I32_MIN, clamp

MASK32 = 0xFFFF_FFFF


def signed(value: int, bits: int) -> int:
    """`value` modulo 2^bits as a signed integer."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def lanes(word: int) -> tuple[int, int]:
    """The two signed 16-bit lanes of a register, low lane first."""
    return signed(word, 16), signed(word >> 16, 16)


def pair(low: int, high: int) -> int:
    """The register made of two lanes, each taken modulo 2^16."""
    return signed((low & 0xFFFF) | (high & 0xFFFF) << 16, 32)


def rotated_bytes(word: int, rotation: int) -> tuple[int, int]:
    """Bytes 0 and 2 of `word` rotated right by `rotation` bits."""
    word &= MASK32
    word = (word >> rotation | word << (32 - rotation)) & MASK32
    return word & 0xFF, word >> 16 & 0xFF


@register_impls
class DspFunctions(InterpreterFunctions):
    """Implementations of the `dsp` ops."""

    @impl(dsp.LoadX4Op)
    def load_x4(self, interpreter: Interpreter, op: dsp.LoadX4Op, args: PythonValues) -> Any:
        memory, index = args
        if index < 0 or index + 4 > memory.size:
            raise InterpretationError(
                f"dsp.load_x4: bytes {index} to {index + 4} lie outside {memory.size} elements"
            )
        data = np.ascontiguousarray(memory[index : index + 4]).tobytes()
        return (int.from_bytes(data, "little", signed=True),)

    @impl(dsp.Sxtab16Op)
    def sxtab16(self, interpreter: Interpreter, op: dsp.Sxtab16Op, args: PythonValues) -> Any:
        low, high = lanes(args[0])
        byte0, byte2 = rotated_bytes(args[1], op.rotation.value.data)
        return (pair(low + signed(byte0, 8), high + signed(byte2, 8)),)

    @impl(dsp.Uxtab16Op)
    def uxtab16(self, interpreter: Interpreter, op: dsp.Uxtab16Op, args: PythonValues) -> Any:
        low, high = lanes(args[0])
        byte0, byte2 = rotated_bytes(args[1], op.rotation.value.data)
        return (pair(low + byte0, high + byte2),)

    @impl(dsp.SmladOp)
    def smlad(self, interpreter: Interpreter, op: dsp.SmladOp, args: PythonValues) -> Any:
        (a0, a1), (b0, b1) = lanes(args[0]), lanes(args[1])
        return (signed(args[2] + a0 * b0 + a1 * b1, 32),)

    @impl(dsp.SmlabtOp)
    def smlabt(self, interpreter: Interpreter, op: dsp.SmlabtOp, args: PythonValues) -> Any:
        return (signed(args[2] + lanes(args[0])[0] * lanes(args[1])[1], 32),)

    @impl(dsp.SmlatbOp)
    def smlatb(self, interpreter: Interpreter, op: dsp.SmlatbOp, args: PythonValues) -> Any:
        return (signed(args[2] + lanes(args[0])[1] * lanes(args[1])[0], 32),)

    @impl(dsp.LoadPairOp)
    def load_pair(self, interpreter: Interpreter, op: dsp.LoadPairOp, args: PythonValues) -> Any:
        memory, index = args
        if index < 0 or index + 2 > memory.size:
            raise IndexError(f"dsp.load_pair of lanes {index}, {index + 1} of {memory.size}")
        return (pair(int(memory[index]), int(memory[index + 1])),)

    @impl(dsp.PlanesOp)
    def planes(self, interpreter: Interpreter, op: dsp.PlanesOp, args: PythonValues) -> Any:
        source, at, target, to = args
        pixels, depth, plane = op.pixels.value.data, op.depth.value.data, op.plane.value.data
        for channel in range(op.channels.value.data):
            start, begin = at + channel, to + channel * plane
            if start + (pixels - 1) * depth >= source.size or begin + pixels > target.size:
                raise IndexError(f"dsp.planes outside its memory: {at}, {to}")
            row = source[start : start + (pixels - 1) * depth + 1 : depth].astype(np.int64)
            target[begin : begin + pixels] = row - op.zero_point.value.data
            if op.channels.value.data == 4:
                lead = op.lead.value.data
                target[begin - lead : begin] = 0
                target[begin + pixels : begin + pixels + (pixels - lead) % 2] = 0
        return ()

    @impl(dsp.SmmlaOp)
    def smmla(self, interpreter: Interpreter, op: dsp.SmmlaOp, args: PythonValues) -> Any:
        return (signed(args[2] + (args[0] * args[1] >> 32), 32),)

    @impl(dsp.SmmlarOp)
    def smmlar(self, interpreter: Interpreter, op: dsp.SmmlarOp, args: PythonValues) -> Any:
        return (signed(args[2] + (args[0] * args[1] + (1 << 31) >> 32), 32),)

    @impl(dsp.QaddOp)
    def qadd(self, interpreter: Interpreter, op: dsp.QaddOp, args: PythonValues) -> Any:
        return (clamp(args[0] + args[1], I32_MIN, I32_MAX),)

    @impl(dsp.WidenOp)
    def widen(self, interpreter: Interpreter, op: dsp.WidenOp, args: PythonValues) -> Any:
        source, at, target, to, first, count = args
        length = packing.filled(op.length.value.data)
        readable = count <= 0 or 0 <= at <= source.size - count
        if not readable or not 0 <= to <= target.size - length:
            raise IndexError(f"dsp.widen outside its memory: {at}, {count}; {to}, {length}")
        row = np.zeros(length, np.int64)
        row[first : first + count] = source[at : at + count].astype(np.int64)
        row[first : first + count] -= op.zero_point.value.data
        target[to : to + length] = row.reshape(-1, 4)[:, list(packing.QUAD)].reshape(-1)
        return ()

    @impl(dsp.SsatOp)
    def ssat(self, interpreter: Interpreter, op: dsp.SsatOp, args: PythonValues) -> Any:
        return (min(127, max(-128, args[0] >> op.shift.value.data)),)

    @impl(dsp.DotOp)
    def dot(self, interpreter: Interpreter, op: dsp.DotOp, args: PythonValues) -> Any:
        x, at, w, start, *accumulators = args
        if op.lanes is not None:
            return tuple(plain_dots(x, at, w, start, accumulators, op))
        return tuple(dots(x, at, w, start, accumulators, op))

    @impl(dsp.UnpackedOp)
    def unpacked(self, interpreter: Interpreter, op: dsp.UnpackedOp, args: PythonValues) -> Any:
        x, at, *accumulators = args
        weights = op.array.reshape(len(op.array), -1).astype(np.int64)
        lanes = np.array(op.lanes, np.int64)[:, None] + np.arange(2)
        sums: list[int] = []
        for base in op.bases:
            places = at + base + lanes.reshape(-1)
            if at % 2 or places.min(initial=0) < 0 or places.max(initial=0) >= x.size:
                raise IndexError(f"dsp.unpacked outside its memory: {at + base}")
            sums += [int(v) for v in weights @ x[places].astype(np.int64)]
        return tuple(signed(a + s, 32) for a, s in zip(accumulators, sums, strict=True))

    @impl(dsp.RealDotOp)
    def real_dot(self, interpreter: Interpreter, op: dsp.RealDotOp, args: PythonValues) -> Any:
        x, at, w, start, length, *accumulators = args
        channels, step = op.channels.value.data, op.pixel_step.value.data
        last = at + (op.pixels - 1) * step + length
        outside = at < 0 or start < 0 or last > x.size or start + channels * length > w.size
        if length > 0 and outside:
            raise IndexError(f"dsp.real_dot outside its memory: {at} to {last}, {start}")
        sums = np.array(accumulators, np.float32).reshape(op.pixels, channels)
        with np.errstate(all="ignore"):
            for i in range(length):
                row = np.array([x[at + p * step + i] for p in range(op.pixels)], np.float32)
                sums = sums + row[:, None] * w[start + i * channels : start + (i + 1) * channels]
        return tuple(sums.reshape(-1))

    @impl(dsp.TileOp)
    def tile(self, interpreter: Interpreter, op: dsp.TileOp, args: PythonValues) -> Any:
        x, at, w, start, bias, first, scale, row, out, to = args
        pixels, numbers = op.pixels.value.data, 3 if op.shift is None else 2
        runs, pairs, _ = runs_of(op)
        for block in range(op.blocks.value.data):
            starts = [int(bias[first + 4 * block + c]) for c in range(4)] * pixels
            sums = dots(x, at, w, start + 8 * runs * pairs * block, starts, op)
            for index, acc in enumerate(sums):
                pixel, channel = index // 4, 4 * block + index % 4
                by = [int(scale[row + numbers * channel + k]) for k in range(numbers)]
                if op.shift is None:
                    twice = clamp(2 * acc, I32_MIN, I32_MAX)
                    high = signed(by[1] + (twice * by[0] + (1 << 31) >> 32), 32)
                    high = signed(high + (acc >> 31), 32) >> by[2]
                else:
                    high = signed(by[1] + (acc * by[0] >> 32), 32) >> op.shift.value.data
                place = to + pixel * op.out_step.value.data + channel
                if place < 0:
                    raise IndexError(f"dsp.tile outside its memory: {place}")
                out[place] = min(127, max(-128, high))
        return ()

    @impl(dsp.DepthwiseOp)
    def depthwise(self, interpreter: Interpreter, op: dsp.DepthwiseOp, args: PythonValues) -> Any:
        x, at, w, start, bias, factor, constant, out, to, rows, *by = args
        size, width, stride = op.size.value.data, op.width.value.data, op.stride.value.data
        count = packing.packed_size(packing.PLANES, (1, size, size, 1))
        if start < 0 or start + count > w.size:
            raise IndexError(f"dsp.depthwise outside its weights: {start}")
        shape = (1, size, size, 1)
        weights = packing.unpack(w[start : start + count], shape, packing.PLANES)[0, :, :, 0]
        for r, p in itertools.product(range(rows), range(op.columns.value.data)):
            first = at + r * op.row_stride.value.data * width + p * stride
            if first < 0 or first + (size - 1) * width + size > x.size:
                raise IndexError(f"dsp.depthwise outside its memory: {first}")
            lines = [first + i * width for i in range(size)]
            taps = [x[line : line + size].astype(np.int64) for line in lines]
            acc = signed(bias + int((np.stack(taps) * weights).sum()), 32)
            if op.shift is None:
                twice = clamp(2 * acc, I32_MIN, I32_MAX)
                high = signed(constant + (twice * factor + (1 << 31) >> 32), 32) >> by[0]
            else:
                high = signed(constant + (acc * factor >> 32), 32) >> op.shift.value.data
            place = to + r * op.below.value.data + p * op.out_step.value.data
            if place < 0:
                raise IndexError(f"dsp.depthwise outside its memory: {place}")
            out[place] = min(127, max(-128, high))
        return ()


def plain_dots(
    x: Any, at: int, w: Any, start: int, accumulators: Sequence[int], op: dsp.DotOp
) -> list[int]:
    """Dot products of four channels and some pixels on weights in bytes; see `dsp.dot`."""
    assert op.lanes is not None
    length, step = op.lanes.value.data, op.pixel_step.value.data
    last = at + (op.pixels - 1) * step + length
    if at < 0 or start < 0 or last > x.size or start + 4 * length > w.size:
        raise IndexError(f"dsp.dot outside its memory: {at} to {last}, {start}")
    weights = w[start : start + 4 * length].astype(np.int64).reshape(length, 4)
    starts = [at + p * step for p in range(op.pixels)]
    rows = [x[first : first + length].astype(np.int64) @ weights for first in starts]
    return [signed(a + int(s), 32) for a, s in zip(accumulators, np.stack(rows).flat, strict=True)]


def dots(
    x: Any, at: int, w: Any, start: int, accumulators: Sequence[int], op: dsp.DotOp | dsp.TileOp
) -> list[int]:
    """Dot products of four channels and some pixels on packed weights; see `dsp.dot`."""
    pixels, step = len(accumulators) // 4, op.pixel_step.value.data
    runs, pairs, apart = runs_of(op)
    length = 2 * runs * pairs
    last = at + (pixels - 1) * step + (runs - 1) * apart + 2 * pairs
    if at < 0 or start < 0 or last > x.size or start + 4 * length > w.size:
        raise IndexError(f"dsp.dot outside its memory: {at} to {last}, {start}")
    words = w[start : start + 4 * length].astype(np.int64).reshape(-1, 2, 2, 2)
    lo = words[..., 0]
    raw = (lo & 0xFF) + 256 * words[..., 1]
    sums: list[int] = []
    for pixel in range(pixels):
        begin = at + pixel * step
        places = [begin + k * apart for k in range(runs)]
        lanes_of_runs = [x[place : place + 2 * pairs] for place in places]
        row = np.concatenate(lanes_of_runs).astype(np.int64).reshape(-1, 1, 2)
        of_lo, of_raw = ((row * side).sum((0, 2)) for side in (lo, raw))
        for half in range(2):
            before = accumulators[len(sums) : len(sums) + 2]
            difference = signed(int(of_raw[half] - of_lo[half]), 32) >> 8
            sums.append(signed(before[0] + int(of_lo[half]), 32))
            sums.append(signed(before[1] + difference, 32))
    return sums

"""Interpreter of the `helium` dialect: whole loops, with numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from xdsl.interpreter import Interpreter, InterpreterFunctions, PythonValues, impl, register_impls

from .. import helium, packing
from ..fixed_point import I32_MAX, I32_MIN
from .dsp import signed

Integers = NDArray[np.int64]


def wrapped(values: Integers) -> Integers:
    """Integers modulo 2^32 as signed ones."""
    return values.astype(np.int32).astype(np.int64)


def sums_of(x: Any, at: int, w: Any, start: int, channels: int, op: Any, pixels: int) -> Integers:
    """Dot products (pixels, channels) of `helium.dot` and `helium.tile`."""
    lanes, step = op.lanes.value.data, op.pixel_step.value.data
    size = packing.vectors(lanes)
    last, end = at + (pixels - 1) * step + size, start + packing.filled(channels) * size
    if at < 0 or start < 0 or last > x.size or end > w.size:
        raise IndexError(f"{op.name} outside its memory: {at} to {last}, {start} to {end}")
    shape = (channels, 1, 1, lanes)
    weights = packing.unpack(w[start:end], shape, packing.VECTORS + "patches").reshape(channels, -1)
    rows = [x[at + p * step : at + p * step + lanes].astype(np.int64) for p in range(pixels)]
    return np.stack(rows) @ weights.astype(np.int64).T


def rescaled(sums: Integers, factors: list[Integers], shift: int | None, twice: bool) -> Integers:
    """Sums rescaled as `helium.tile` says, by multiplier, constant and perhaps shift."""
    factor, constant = factors[:2]
    if twice:
        doubled = np.clip(2 * sums, I32_MIN, I32_MAX)
        high = wrapped((doubled * factor + (1 << 31) >> 32) + constant)
        high = wrapped(high + (sums >> 31))
    else:
        high = wrapped((sums * factor >> 32) + constant)
    return np.clip(high >> (factors[2] if shift is None else shift), -128, 127)


def factors_of(scale: Any, row: int, channels: int, fields: int) -> list[Integers]:
    """Fields of the table of `helium.tile`, channel by channel."""
    filled = packing.filled(channels)
    if row < 0 or row + fields * filled > scale.size:
        raise IndexError(f"table of rescales outside its memory: {row}")
    table = scale[row : row + fields * filled].astype(np.int64).reshape(-1, fields, 4)
    return list(table.transpose(1, 0, 2).reshape(fields, -1)[:, :channels])


def shift_of(op: Any) -> int | None:
    """The shift of all channels, if they have the same."""
    return None if op.shift is None else op.shift.value.data


def windows_of(x: Any, at: int, taps: Integers, pixels: int, op: Any) -> Integers:
    """Sums of windows (from packed weights) of one channel, as `helium.window` says."""
    step, pitch, quads = op.step.value.data, op.pitch.value.data, op.quads.value.data
    blocks = taps.astype(np.int64).reshape(op.planes.value.data, 4 * quads, 4)
    plane, column, row = np.nonzero(blocks)  # what lies beside the window is not read
    offsets = plane * op.plane.value.data + column * pitch + row
    places = at + np.arange(pixels)[:, None] * step + offsets
    if places.size and (places.min() < 0 or places.max() >= x.size):
        raise IndexError(f"{op.name} outside its memory: {at}")
    return (x[places].astype(np.int64) * blocks[plane, column, row]).sum(1)


def taps_of(w: Any, start: int, op: Any) -> Integers:
    """The packed weights of one channel."""
    size = 16 * op.quads.value.data * op.planes.value.data
    if start < 0 or start + size > w.size:
        raise IndexError(f"{op.name} outside its weights: {start}")
    return w[start : start + size]


@register_impls
class HeliumFunctions(InterpreterFunctions):
    """Implementations of the `helium` ops."""

    @impl(helium.CopyOp)
    def copy(self, interpreter: Interpreter, op: helium.CopyOp, args: PythonValues) -> Any:
        source, at, target, to, first, count = args
        length, count = op.length.value.data, max(0, count)
        inside = count == 0 or (0 <= at <= source.size - count and 0 <= first <= length - count)
        if not inside or not 0 <= to <= target.size - length:
            raise IndexError(f"helium.copy outside its memory: {at}, {count}; {to}, {length}")
        row = np.full(length, op.padding, np.int64)
        less = op.zero_point.value.data - op.padding
        row[first : first + count] = source[at : at + count].astype(np.int64) - less
        target[to : to + length] = row
        return ()

    @impl(helium.FillOp)
    def fill(self, interpreter: Interpreter, op: helium.FillOp, args: PythonValues) -> Any:
        target, start, end = args
        if end > start:
            if start < 0 or end > target.size:
                raise IndexError(f"helium.fill outside its memory: {start} to {end}")
            target[start:end] = op.value.value.data
        return ()

    @impl(helium.DotOp)
    def dot(self, interpreter: Interpreter, op: helium.DotOp, args: PythonValues) -> Any:
        x, at, w, start, *accumulators = args
        sums = sums_of(x, at, w, start, helium.CHANNELS, op, op.pixels).reshape(-1)
        return tuple(signed(a + int(s), 32) for a, s in zip(accumulators, sums, strict=True))

    @impl(helium.TileOp)
    def tile(self, interpreter: Interpreter, op: helium.TileOp, args: PythonValues) -> Any:
        x, at, w, start, bias, first, scale, row, out, to = args
        pixels, channels = op.pixels.value.data, op.channels.value.data
        if first < 0 or first + channels > bias.size:
            raise IndexError(f"helium.tile outside its memory: bias {first}")
        sums = sums_of(x, at, w, start, channels, op, pixels)
        sums = wrapped(sums + bias[first : first + channels].astype(np.int64))
        factors = factors_of(scale, row, channels, 2 if op.shift is not None else 3)
        results = rescaled(sums, factors, shift_of(op), op.twice is not None)
        if not 0 <= to <= out.size - results.size:
            raise IndexError(f"helium.tile outside its memory: {to}")
        out[to : to + results.size] = results.reshape(-1)
        return ()

    @impl(helium.ColumnsOp)
    def columns(self, interpreter: Interpreter, op: helium.ColumnsOp, args: PythonValues) -> Any:
        source, *rows, first, end, target, to = args
        pixels, channels, depth, pitch, plane = (
            n.value.data for n in (op.pixels, op.channels, op.depth, op.pitch, op.plane)
        )
        less = op.zero_point.value.data - op.padding
        last = to + (len(rows) - 1) // 4 * plane + (pixels - 1) * pitch + 64
        if to < 0 or (pixels and last > target.size):
            raise IndexError(f"helium.columns outside its memory: {to} to {last}")
        for i, row in enumerate(rows):
            inside = first <= i < end
            if inside and (row < 0 or row + (pixels - 1) * depth + channels > source.size):
                raise IndexError(f"helium.columns outside its memory: row {row}")
            place = to + i // 4 * plane
            for p in range(pixels):
                pixel, words = row + p * depth, place + p * pitch + i % 4
                bytes_: Any = op.padding
                if inside:
                    bytes_ = source[pixel : pixel + channels].astype(np.int64) - less
                target[words : words + 4 * channels : 4] = bytes_
            behind = place + pixels * pitch
            target[behind : behind + 64 - pitch] = op.padding
        return ()

    @impl(helium.WindowOp)
    def window(self, interpreter: Interpreter, op: helium.WindowOp, args: PythonValues) -> Any:
        x, at, w, start, *accumulators = args
        sums = windows_of(x, at, taps_of(w, start, op), 4, op)
        return tuple(signed(a + int(s), 32) for a, s in zip(accumulators, sums, strict=True))

    @impl(helium.WordsOp)
    def words(self, interpreter: Interpreter, op: helium.WordsOp, args: PythonValues) -> Any:
        x, at, w, start, bias, first, scale, row, out, to = args
        pixels, channels, depth = op.pixels.value.data, op.channels.value.data, op.depth.value.data
        if first < 0 or first + channels > bias.size:
            raise IndexError(f"helium.words outside its memory: bias {first}")
        size = 16 * op.quads.value.data * op.planes.value.data
        parts = [
            windows_of(x, at + 4 * k, taps_of(w, start + k * size, op), pixels, op)
            for k in range(channels)
        ]
        sums = wrapped(np.stack(parts, 1) + bias[first : first + channels].astype(np.int64))
        factors = factors_of(scale, row, channels, 2 if op.shift is not None else 3)
        if to < 0 or to + (pixels - 1) * depth + channels > out.size:
            raise IndexError(f"helium.words outside its memory: {to}")
        results = rescaled(sums, factors, shift_of(op), op.twice is not None)
        for p in range(pixels):
            out[to + p * depth : to + p * depth + channels] = results[p]
        return ()

    @impl(helium.SumOp)
    def sum(self, interpreter: Interpreter, op: helium.SumOp, args: PythonValues) -> Any:
        x, at, y, start, out, to = args
        length, shift = op.length.value.data, op.shift.value.data
        for memory, first in ((x, at), (y, start), (out, to)):
            if first < 0 or first + length > memory.size:
                raise IndexError(f"helium.sum outside its memory: {first}")
        low, high = op.low.value.data, op.high.value.data
        for i in range(0, length, helium.CHANNELS):
            count = min(helium.CHANNELS, length - i)
            left = x[at + i : at + i + count].astype(np.int64) * op.factor_x.value.data
            right = y[start + i : start + i + count].astype(np.int64) * op.factor_y.value.data
            sums = wrapped(left + right + op.constant.value.data)
            out[to + i : to + i + count] = np.clip(sums >> shift, low, high)
        return ()

"""Random kernels for the algorithms beside the direct one: constant weights, extreme numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from kernel_lab import ELEMENTS, Array, Case, function_of, integers, reals
from kernel_windows import choose, output_size
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType, i8
from xdsl.ir import Block, Operation, SSAValue

from nnopt.dialects import fxp, nn, vpool
from nnopt.passes.analysis.cost import shape_of
from nnopt.passes.schedule.pack_weights import PackWeightsPass
from nnopt.passes.schedule.schedule import SchedulePass

MOST_PRODUCTS = 6000
"""Products of one random case."""

OWN_ISA = {"blocks": "rv32im", "vectors": "helium", "words": "helium"}
"""The instruction set of algorithms that are for one only; others are for Armv7E-M."""

Rng = np.random.Generator


def weights(rng: Rng, shape: tuple[int, ...], seed: int) -> Array:
    """Signed bytes without -128: any, all at the ends of the range, or small."""
    if seed % 3 == 1:
        return rng.choice(np.array([-127, 127], np.int8), shape)
    largest = 127 if seed % 3 == 0 else 5
    return integers(rng, shape, "int8", largest)


def inputs(rng: Rng, shape: tuple[int, ...], dtype: str, seed: int) -> Array:
    """Bytes: any, or all at the ends of the range."""
    limits = np.iinfo(dtype)
    if seed % 4 == 2:
        return rng.choice(np.array([limits.min, limits.max]), shape).astype(dtype)
    return integers(rng, shape, dtype)


def rescale(rng: Rng, value: SSAValue, channels: int, taps: int) -> fxp.RequantizeOp:
    """Half up or double, per tensor or channel, shifts on both sides of 32; some results saturate.

    Half of them are as usual: per channel, one shift, all bytes.
    """
    usual = rng.random() < 0.5
    count = channels if usual or rng.random() < 0.6 else 1
    shift = int(choose(rng, (33, 36, 38) if usual else (31, 33, 34, 38, 45)))
    spread = 5000.0 * np.sqrt(taps)
    wanted = np.exp(rng.uniform(-1, 1, count)) * 150 / spread * 2.0**shift
    multiplier = np.clip(wanted, 1, 2**31 - 1).astype(np.int32)
    mixed = 0 if usual else int(rng.integers(2))
    shifts = shift - rng.integers(0, 2, count).astype(np.int32) * mixed
    if not usual and rng.random() < 0.2:  # a channel that is nearly always zero
        shifts[-1] = 60
    low, high = (-128, 127) if usual else choose(rng, ((-128, 127), (-5, 99)))
    rounding = choose(rng, ("half_up", "double"))
    zero_points = (-128, 127, 0, -3) if rounding == "half_up" else (-128, -128, -128, 5)
    return fxp.RequantizeOp(
        value,
        multiplier,
        shifts,
        element_type=i8,
        zero_point=int(choose(rng, zero_points)),
        rounding=rounding,
        min_value=low,
        max_value=high,
    )


def scheduled(head: Any, arrays: list[Array], seed: int, algorithm: str, name: str) -> Case:
    """A case of one kernel whose weights and bias are constants, scheduled and packed.

    Every third adds another tensor of bytes to what the head gives.
    """
    rng = np.random.default_rng(seed + 10_000)
    if algorithm == "unpacked":  # some weights, or all, are zero
        share = choose(rng, (0.0, 0.3, 0.8, 1.0))
        arrays[1] = np.where(rng.random(arrays[1].shape) < share, 0, arrays[1]).astype(np.int8)
    main = Block(arg_types=[TensorType(ELEMENTS[arrays[0].dtype.name], arrays[0].shape)])
    constants = [nn.ConstantOp.from_array(array) for array in arrays[1:]]
    main.add_ops(constants)
    values: list[SSAValue] = [main.args[0], *(op.result for op in constants)]
    body = Block(arg_types=[v.type for v in values])
    op: Operation = head(*body.args)
    body.add_op(op)
    given = {"in0": arrays[0]}
    if seed % 3 == 2:
        shape = shape_of(op.results[0])
        repeated = tuple(n if k == len(shape) - 1 or seed % 2 else 1 for k, n in enumerate(shape))
        given["in1"] = integers(rng, repeated, "int8")
        values.append(main.insert_arg(TensorType(i8, repeated), 1))
        addend = fxp.WidenOp(body.insert_arg(values[-1].type, len(body.args)), -3, 1 << 8)
        op = nn.AddOp(op.results[0], addend.result)
        body.add_ops([addend, op])
    if seed % 7:
        shape = arrays[1].shape
        op = rescale(rng, op.results[0], shape[0], int(np.prod(shape[1:])))
        body.add_op(op)
    body.add_op(vpool.YieldOp(op.results[0]))
    kernel = vpool.KernelOp(name, values, [op.results[0].type], body)
    main.add_ops([kernel, func.ReturnOp(kernel.outputs[0])])
    module = ModuleOp([function_of(main, list(given), ["out"])])
    others = ("portable", "rv32im") if "plane" in algorithm else ("portable",)
    isa = "armv7e-m" if seed % 5 else others[seed % len(others)]
    if algorithm in OWN_ISA:
        isa = OWN_ISA[algorithm] if seed % 5 else "portable"
    SchedulePass(algorithm=algorithm, isa=isa).apply(Context(), module)
    assert kernel.schedule is not None and kernel.schedule.algorithm.data == algorithm, name
    PackWeightsPass().apply(Context(), module)
    module.verify()
    return Case(name, module, given)


def zero_point(rng: Rng, dtype: str) -> int:
    """An end of the range, zero, or anything."""
    limits = np.iinfo(dtype)
    return int(choose(rng, (limits.min, limits.max, 0, rng.integers(limits.min, limits.max))))


def dense(seed: int, algorithm: str = "lanes") -> Case:
    """A dense convolution with `lanes`: any window, any number of channels, one-pixel images."""
    rng = np.random.default_rng(seed)
    while True:
        image = int(rng.integers(1, 8)), int(rng.integers(1, 8))
        window = {
            "kernel": (int(rng.integers(1, 5)), int(rng.integers(1, 5))),
            "strides": (int(rng.integers(1, 4)), int(rng.integers(1, 4))),
            "pads": tuple(int(p) for p in rng.integers(0, 3, 4)),
            "dilations": (1, 1) if seed % 4 else (int(rng.integers(1, 3)), int(rng.integers(1, 3))),
        }
        if seed % 3 == 0:
            window["kernel"], window["pads"] = (1, 1), (0, 0, 0, 0)
        depth, filters = int(rng.integers(1, 14)), int(rng.integers(1, 11))
        if seed % 4 == 2:  # few channels: whole rows of the image
            depth, window["kernel"] = int(rng.integers(1, 4)), (3, 3)
            image, window["strides"] = (4, int(rng.integers(3, 15))), (1, int(rng.integers(1, 3)))
        rows, columns = output_size(image, window)
        taps = int(np.prod(window["kernel"])) * depth
        if rows > 0 and columns > 0 and rows * columns * filters * taps <= MOST_PRODUCTS:
            break
    dtype = choose(rng, ("int8", "uint8"))
    batch = 2 if seed % 6 == 0 else 1
    arrays = [
        inputs(rng, (batch, *image, depth), dtype, seed),
        weights(rng, (filters, *window["kernel"], depth), seed),
        integers(rng, (filters,), "int32", 1 << 30 if seed % 9 == 0 else 1 << 14),
    ]
    zero = zero_point(rng, dtype)

    def head(x: SSAValue, w: SSAValue, b: SSAValue) -> Operation:
        geometry: Any = {key: window[key] for key in ("strides", "pads", "dilations")}
        return nn.Conv2dOp(x, w, b, **geometry, input_zero_point=zero)

    return scheduled(head, arrays, seed, algorithm, f"dense {seed}")


def blocks(seed: int) -> Case:
    """A convolution or a fully connected layer with `blocks`."""
    return (dense if seed % 3 else product)(seed, "blocks")


def unpacked(seed: int) -> Case:
    """A convolution or a fully connected layer with `unpacked`."""
    return (dense if seed % 3 else product)(seed, "unpacked")


def vectors(seed: int) -> Case:
    """A convolution or a fully connected layer with `vectors`."""
    return (dense if seed % 3 else product)(seed, "vectors")


def real(seed: int) -> Case:
    """A convolution or a fully connected layer on f32 with `reals`, with infinities and NaN."""
    rng = np.random.default_rng(seed)
    depth, filters = int(rng.integers(1, 14)), int(rng.integers(1, 11))
    geometry: Any = {"strides": (1, int(rng.integers(1, 3))), "pads": (1, 1, 0, 2)}
    shape, taps = (1, 3, int(rng.integers(1, 12)), depth), (2, int(rng.integers(1, 4)))
    if seed % 3 == 0:
        shape, taps = (int(rng.integers(1, 6)) if seed % 2 else 1, int(rng.integers(1, 40))), ()
        depth = shape[-1]
    arrays = [reals(rng, shape), reals(rng, (filters, *taps, depth)), reals(rng, (filters,))]
    if seed % 4 == 0:
        arrays[0].flat[0] = choose(rng, (np.inf, np.nan, -np.inf, 1e30))

    def head(x: SSAValue, w: SSAValue, b: SSAValue) -> Operation:
        if taps:
            return nn.Conv2dOp(x, w, b, **geometry, act_min=0.0 if seed % 2 else None)
        return nn.FullyConnectedOp(x, w, b, act_min=0.0 if seed % 2 else None)

    main = Block(arg_types=[TensorType(ELEMENTS["float32"], shape)])
    constants = [nn.ConstantOp.from_array(array) for array in arrays[1:]]
    main.add_ops(constants)
    values: list[SSAValue] = [main.args[0], *(op.result for op in constants)]
    body = Block(arg_types=[v.type for v in values])
    op = head(*body.args)
    body.add_ops([op, vpool.YieldOp(op.results[0])])
    kernel = vpool.KernelOp(f"real {seed}", values, [op.results[0].type], body)
    main.add_ops([kernel, func.ReturnOp(kernel.outputs[0])])
    module = ModuleOp([function_of(main, ["in0"], ["out"])])
    SchedulePass(algorithm="reals", isa="armv7e-m").apply(Context(), module)
    assert kernel.schedule is not None and kernel.schedule.algorithm.data == "reals"
    PackWeightsPass().apply(Context(), module)
    module.verify()
    return Case(f"real {seed}", module, {"in0": arrays[0]})


def product(seed: int, algorithm: str = "lanes") -> Case:
    """A fully connected layer with `lanes`; every fourth so long that sums are taken in pieces."""
    rng = np.random.default_rng(seed)
    rows, depth = int(rng.integers(1, 4)), int(rng.integers(1, 70))
    outputs = int(rng.integers(1, 14))
    if seed % 4 == 1:
        rows, depth, outputs = 1, 4 * int(rng.integers(80, 160)), 2 + seed % 3
    dtype = choose(rng, ("int8", "uint8"))
    arrays = [
        inputs(rng, (rows, depth), dtype, seed),
        weights(rng, (outputs, depth), seed),
        integers(rng, (outputs,), "int32", 1 << 20),
    ]
    if seed % 8 == 1:  # all products of one sign: the sums of hi channels leave 24 bits
        limits = np.iinfo(dtype)
        arrays[0][...] = limits.max
        arrays[1][...] = 127
        zero = int(limits.min)
    else:
        zero = zero_point(rng, dtype)

    def head(x: SSAValue, w: SSAValue, b: SSAValue) -> Operation:
        return nn.FullyConnectedOp(x, w, b, input_zero_point=zero)

    return scheduled(head, arrays, seed, algorithm, f"product {seed}")


def words(seed: int) -> Case:
    """A depthwise convolution with `words`."""
    return depthwise(seed, "words")


def depthwise(seed: int, algorithm: str = "planes") -> Case:
    """A depthwise convolution with `planes`: odd widths from 3 on, strides 1 and 2 along rows."""
    rng = np.random.default_rng(seed)
    while True:
        image = int(rng.integers(1, 12)), int(rng.integers(1, 12))
        window = {
            "kernel": (int(rng.integers(1, 6)), int(choose(rng, (3, 3, 5, 7)))),
            "strides": (int(rng.integers(1, 4)), int(rng.integers(1, 3))),
            "pads": tuple(int(p) for p in rng.integers(0, 4, 4)),
            "dilations": (1, 1),
        }
        if seed % 4:
            window["kernel"] = [(3, 3), (5, 5), (7, 7)][seed % 4 - 1]
        if seed % 8 > 4:  # steps of one and two are those with loops of their own
            window["strides"] = (seed // 8 % 2 + 1,) * 2
        rows, columns = output_size(image, window)
        channels = int(rng.integers(1, 11))
        if algorithm == "words" and seed % 2:  # several groups of them
            channels, image = int(rng.integers(11, 40)), (image[0] // 2 + 1, image[1] // 2 + 1)
            rows, columns = output_size(image, window)
        taps = int(np.prod(window["kernel"]))
        if rows > 0 and columns > 0 and rows * columns * channels * taps <= MOST_PRODUCTS:
            break
    if seed % 5 == 0:  # an image that takes several bands
        image, channels, window["kernel"] = (20, 40), 2, (3, 3)
    dtype = choose(rng, ("int8", "uint8"))
    arrays = [
        inputs(rng, (2 if seed % 6 == 0 else 1, *image, channels), dtype, seed),
        weights(rng, (channels, *window["kernel"], 1), seed),
        integers(rng, (channels,), "int32", 1 << 14),
    ]
    zero = zero_point(rng, dtype)

    def head(x: SSAValue, w: SSAValue, b: SSAValue) -> Operation:
        geometry: Any = {key: window[key] for key in ("strides", "pads")}
        return nn.Conv2dOp(x, w, b, **geometry, groups=channels, input_zero_point=zero)

    return scheduled(head, arrays, seed, algorithm, f"{algorithm} {seed}")


def sums(seed: int) -> Case:
    """Two tensors of bytes, each times a factor, added and shifted; some sums leave 32 bits."""
    rng = np.random.default_rng(seed)
    shape = (1, int(rng.integers(1, 5)), int(rng.integers(1, 12)))
    arrays = [inputs(rng, shape, "int8", seed), inputs(rng, shape, "int8", seed + 1)]
    main = Block(arg_types=[TensorType(i8, shape)] * 2)
    body = Block(arg_types=[TensorType(i8, shape)] * 2)
    shift = int(choose(rng, (1, 8, 20, 22)))
    largest = (1 << 22) if shift > 8 else (1 << shift)
    terms = [
        fxp.WidenOp(arg, zero_point(rng, "int8"), int(rng.integers(1, largest + 1)))
        for arg in body.args
    ]
    add = nn.AddOp(terms[0].result, terms[1].result)
    low, high = choose(rng, ((-128, 127), (-5, 99)))
    last = fxp.RequantizeOp(
        add.result,
        np.array([1], np.int32),
        np.array([shift], np.int32),
        element_type=i8,
        zero_point=int(choose(rng, (-128, 127, 0, -3))),
        rounding="half_up" if seed % 7 else "half_even",
        min_value=low,
        max_value=high,
    )
    body.add_ops([*terms, add, last, vpool.YieldOp(last.results[0])])
    kernel = vpool.KernelOp(f"sum {seed}", list(main.args), [last.results[0].type], body)
    main.add_ops([kernel, func.ReturnOp(kernel.outputs[0])])
    module = ModuleOp([function_of(main, ["in0", "in1"], ["out"])])
    SchedulePass(isa="helium").apply(Context(), module)
    module.verify()
    return Case(f"sum {seed}", module, {"in0": arrays[0], "in1": arrays[1]})

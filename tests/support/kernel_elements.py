"""Kernels of single ops: data movement, reductions, and every element-wise op with its types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from kernel_lab import ELEMENTS, Array, Case, KernelBuilder, integers, reals, ui8
from kernel_windows import ROUNDINGS
from xdsl.dialects.builtin import IntegerType, i8, i16
from xdsl.ir import Operation, SSAValue
from xdsl.utils.hints import isa

from nnopt.dialects import fxp, gemmlowp, nn, vpool
from nnopt.dialects.fixed_point import RoundingMode
from nnopt.dialects.integer_norm import plan
from nnopt.lowering.kernels.kernel import SCALARS

SHAPE = 2, 3, 4
NARROW = "int8", "uint8", "int16", "uint16"
MOVABLE = "float32", "int8", "uint8", "int16", "int32", "int64", "bool"

SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, 3.4e38, -3.4e38, 1.5, -1.5, 0.5, -2.5],
    np.float32,
)
"""Floats at which functions have corners."""

Build = Callable[..., Operation]


def made(op: Build, *rest: Any, **options: Any) -> Build:
    """The constructor of `op` with everything given but the operands."""

    def build(*values: SSAValue) -> Operation:
        return op(*values, *rest, **options)

    return build


def data(rng: np.random.Generator, shape: Sequence[int], dtype: str) -> Array:
    """Random elements of any type; wide integers stay small enough to be added and multiplied."""
    if dtype == "float32":
        return reals(rng, shape)
    if dtype == "bool":
        return rng.random(tuple(shape)) < 0.5
    return integers(rng, shape, dtype, 1000)


def single(name: str, build: Build, *arrays: Array, in_place: bool = False) -> Case:
    """A kernel of one op on some inputs."""
    kernel = KernelBuilder(name)
    kernel.add(build(*(kernel.input(a) for a in arrays)))
    return kernel.case(in_place)


def unary_cases() -> Iterator[Case]:
    """Functions of one real number, at special and random ones."""
    rng = np.random.default_rng(1)
    x = np.concatenate([SPECIAL, reals(rng, (50,), 5.0)])
    for op in SCALARS:
        if issubclass(op, nn.UnaryElementwiseOp) and op not in WITH_ATTRIBUTES:
            yield single(op.name, op, x)
    for name, build in WITH_ATTRIBUTES.values():
        yield single(name, build, x)
    for slope in ((4,), (3, 1), (2, 3, 4), (1,)):
        x3 = reals(rng, SHAPE)
        yield single(f"prelu {slope}", nn.PreluOp, x3, reals(rng, slope))
    for bits, largest in ((6, 2**15 - 1), (9, 2**15 - 1), (12, 2**19)):
        table = rng.integers(-largest, largest, (1 << bits) + 1)
        q = np.arange(-(2**15), 2**15, 7).astype(np.int16)
        for left in (0, 4):
            build = made(fxp.InterpolateOp, table, left)
            yield single(f"interpolate {bits} {largest} {left}", build, q)
    for dtype in ("int8", "uint8", "int16", "int32", "int64"):
        q = data(rng, SHAPE, dtype)
        yield single(f"relu {dtype}", nn.ReluOp, q)
        for low, high in (
            (-3.0, 5.0),
            (-np.inf, 5.0),
            (-3.0, np.inf),
            (-1e30, 1e30),
            (1e30, np.inf),
        ):
            yield single(f"clamp {dtype} {low} {high}", made(nn.ClampOp, low, high), q)
        if not dtype.startswith("u"):
            yield single(f"negate {dtype}", nn.NegateOp, np.maximum(q, -127))


WITH_ATTRIBUTES: dict[type[Operation], tuple[str, Build]] = {
    nn.ClampOp: ("clamp", made(nn.ClampOp, -1.0, 2.0)),
    nn.LeakyReluOp: ("leaky_relu", made(nn.LeakyReluOp, 0.1)),
    nn.HardSigmoidOp: ("hard_sigmoid", made(nn.HardSigmoidOp, 0.2, 0.5)),
}

BROADCASTS = (
    (SHAPE, (4,)),
    ((4,), SHAPE),
    (SHAPE, (3, 1)),
    (SHAPE, (2, 1, 1)),
    (SHAPE, (2, 1, 4)),
    (SHAPE, (1, 3, 1)),
    ((2, 1, 4), (3, 1)),
    ((2, 1, 1), (1, 3, 4)),
    (SHAPE, ()),
    ((), ()),
    ((1, 1), (1,)),
    (SHAPE, SHAPE),
)
"""Operand shapes of binary ops: every dimension repeated, on either side, on both, on none."""


def binary_cases() -> Iterator[Case]:
    """Binary ops: every op on reals, integers where it takes them, every way to repeat."""
    rng = np.random.default_rng(2)
    ops = (nn.AddOp, nn.SubOp, nn.MulOp, nn.DivOp, nn.MaximumOp, nn.MinimumOp, nn.PowOp)
    both = [a.ravel() for a in np.meshgrid(SPECIAL, SPECIAL)]
    for op in ops:
        yield single(op.name, op, *both)
        clamped = made(op, act_min=0.0, act_max=6.0)
        yield single(f"{op.name} clamped", clamped, reals(rng, SHAPE), reals(rng, SHAPE))
        for dtype in ("int8", "uint8", "int16", "int32", "int64"):
            limits = np.iinfo(dtype)
            low = max(limits.min, -11)
            a, b = (rng.integers(low, 12, SHAPE).astype(dtype) for _ in range(2))
            if op is nn.DivOp:
                b[b == 0] = 3
            if op is nn.SubOp and dtype == "uint8":
                a = a + np.uint8(11)
            yield single(f"{op.name} {dtype}", op, a, b)
    for first, second in BROADCASTS:
        a, b = reals(rng, first), reals(rng, second)
        yield single(f"sub {first} {second}", nn.SubOp, a, b)


def rescale_cases() -> Iterator[Case]:
    """Requantize from and to every type, per tensor and per channel, with extreme numbers."""
    rng = np.random.default_rng(3)
    for index, source in enumerate((*NARROW, "int32", "int64")):
        for target in (*NARROW, "int32"):
            rounding = ROUNDINGS[index % (3 if source == "int64" else 4)]
            for channels in (1, 4):
                x = integers(rng, SHAPE, source, None if source != "int64" else 1 << 40)
                shift = rng.integers(31, 50, channels) if index % 2 else np.full(channels, 30)
                limits = np.iinfo(x.dtype)
                zero = int(limits.max) if source in NARROW else 0
                low, high = fxp.integer_range(_integer(target))
                middle = 0 if target == "int32" else int(rng.choice([low, high, 0, 7]))
                yield _rescale(
                    f"requantize {source} {target} {rounding} {channels}",
                    x,
                    rng.integers(0, 2**31, channels),
                    shift,
                    element_type=_integer(target),
                    input_zero_point=zero,
                    zero_point=middle,
                    rounding=rounding,
                )
    # Products that saturate 32 bits before a zero point is added; shifts at both ends.
    for dtype, rounding in (("int32", "half_up"), ("int64", "half_even"), ("int32", "double")):
        limits = np.iinfo(dtype)
        largest = 1 << 62 if dtype == "int64" else limits.max
        x = integers(rng, SHAPE, dtype, largest)
        for shift in (0, 1, 30, 31, 32, 33, 62):
            for multiplier in (1, 2**31 - 1):
                if dtype == "int64" and shift == 0:
                    continue
                yield _rescale(
                    f"requantize {dtype} {rounding} {shift} {multiplier}",
                    x,
                    multiplier,
                    shift,
                    zero_point=100,
                    rounding=rounding,
                )
    yield from high_multiply_cases()
    x = integers(rng, SHAPE, "int32")
    yield _rescale("requantize clamped", x, 2**30, 50, min_value=-5, max_value=9, zero_point=3)


def high_multiply_cases() -> Iterator[Case]:
    """Rescales that the DSP extension does in one multiplication, near ties and at the ends."""
    rng = np.random.default_rng(12)
    edges = np.array([2**31 - 1, -(2**31), 2**30, -(2**30), 2**30 - 1, 0, -1, 1], np.int64)
    roundings: tuple[RoundingMode, ...] = ("half_up", "double")
    for rounding in roundings:
        for shift in (32, 33, 37, 44, 48):
            multipliers = rng.integers(2**30, 2**31, 2)
            multipliers[0] = 2**30
            # Accumulators whose doubled product is halfway between results, and their neighbours.
            results = rng.integers(-140, 140, (20, 1)) + 0.5
            middle = np.rint(results * 2.0**shift / multipliers).astype(np.int64)
            near = middle[:, None] + np.arange(-2, 3)[None, :, None]
            ends = np.broadcast_to(edges[:, None], (8, 2))
            x = np.concatenate([near.reshape(-1, 2), ends])
            acc = np.clip(x, -(2**31), 2**31 - 1).astype(np.int32)
            for zero_point, least in ((0, -128), (-128, -128), (5, 5)):
                name = f"high multiply {rounding} {shift} {zero_point}"
                schedule = vpool.ScheduleAttr("direct", ("oh", "ow", "oc"), (2, 2), "armv7e-m")
                kernel = KernelBuilder(name, schedule)
                rescale = fxp.RequantizeOp(
                    kernel.input(acc),
                    multipliers,
                    [shift, shift],
                    zero_point=zero_point,
                    min_value=least,
                    rounding=rounding,
                )
                kernel.add(rescale)
                yield kernel.case()


def _rescale(name: str, x: Array, multiplier: Any, shift: Any, **options: Any) -> Case:
    return single(name, made(fxp.RequantizeOp, multiplier, shift, **options), x)


def _integer(dtype: str) -> IntegerType:
    element = ELEMENTS[dtype]
    assert isa(element, IntegerType)
    return element


def conversion_cases() -> Iterator[Case]:
    """Widening, tables, real numbers from integers and back, casts between all types."""
    rng = np.random.default_rng(4)
    x = np.concatenate([SPECIAL, reals(rng, (40,), 20.0), np.arange(-4, 4, 0.5).astype(np.float32)])
    for dtype in NARROW:
        limits = np.iinfo(dtype)
        q = integers(rng, SHAPE, dtype)
        zero = int(limits.max)
        yield single(f"widen {dtype}", made(fxp.WidenOp, zero, 1000), q)
        yield single(f"to_real {dtype}", made(fxp.ToRealOp, 0.1, zero), q)
        for end in (int(limits.min), zero):
            build = made(fxp.FromRealOp, 0.3, end, _integer(dtype))
            yield single(f"from_real {dtype} {end}", build, x)
    q = integers(rng, SHAPE, "int32")
    yield single("to_real int32", made(fxp.ToRealOp, 0.1), q)
    for source in ("int8", "uint8"):
        for target in ("int8", "uint8", "int16", "uint16", "int32", "float32"):
            table = reals(rng, (256,)) if target == "float32" else integers(rng, (256,), target)
            yield single(
                f"lookup {source} {target}",
                made(fxp.LookupOp, table, ELEMENTS[target]),
                integers(rng, SHAPE, source),
            )
    for source in MOVABLE:
        q = x if source == "float32" else data(rng, SHAPE, source)
        for target in MOVABLE:
            yield single(f"cast {source} {target}", made(nn.CastOp, ELEMENTS[target]), q)


def in_place_cases() -> Iterator[Case]:
    """Element-wise kernels whose result takes the memory of the first input."""
    rng = np.random.default_rng(5)
    x, q = reals(rng, SHAPE), integers(rng, SHAPE, "int32")
    yield single("relu in place", nn.ReluOp, x, in_place=True)
    yield single("add in place", nn.AddOp, x, reals(rng, (4,)), in_place=True)
    yield single("narrower in place", made(fxp.FromRealOp, 0.1, 0, i8), x, in_place=True)
    kernel = KernelBuilder("sum in place")
    wide = kernel.add(nn.AddOp(kernel.input(q // 4), kernel.input(q // 3)))
    kernel.add(fxp.RequantizeOp(wide, 2**30, 55, zero_point=5))
    yield kernel.case(in_place=True)


def _concat(*values: SSAValue, axis: int) -> Operation:
    return nn.ConcatOp(values, axis)


def movement_cases() -> Iterator[Case]:
    """Data movement of every element type, with all ways to address."""
    rng = np.random.default_rng(6)
    for dtype in MOVABLE:
        x = data(rng, SHAPE, dtype)
        yield single(f"transpose {dtype}", made(nn.TransposeOp, (2, 0, 1)), x)
        yield single(f"reshape {dtype}", made(nn.ReshapeOp, (4, 6)), x)
        cut = made(nn.SliceOp, (0, 2, 3), (2, 2, 2), (1, -1, -2))
        yield single(f"slice {dtype}", cut, x)
        yield single(f"broadcast {dtype}", made(nn.BroadcastOp, (2, 3, 4)), x[:, :1])
        for mode in ("constant", "edge", "reflect"):
            value = 1.0 if mode == "constant" else 0.0
            pad = made(nn.PadOp, (1, 0, 2, 0, 2, 1), mode=mode, value=value)
            yield single(f"pad {mode} {dtype}", pad, x)
        for axis in (0, 1, -1):
            parts = np.split(x, [1], axis=axis)
            yield single(f"concat {axis} {dtype}", made(_concat, axis=axis), *parts)
    x = reals(rng, (1, 3))
    yield single("pad infinity", made(nn.PadOp, (1, 0, 0, 1), value=-np.inf), x)
    kernel = KernelBuilder("concat and relu")
    joined = nn.ConcatOp([kernel.input(x), kernel.input(x - 1)], 1)
    kernel.add(nn.ReluOp(kernel.add(joined)))
    yield kernel.case()
    kernel = KernelBuilder("transpose and rescale")
    moved = kernel.add(nn.TransposeOp(kernel.input(integers(rng, SHAPE, "int32")), (1, 0, 2)))
    kernel.add(fxp.RequantizeOp(moved, [2**30, 2**29, 1, 2**31 - 1], [52, 50, 20, 55]))
    yield kernel.case()


def reduction_cases() -> Iterator[Case]:
    """Reductions of every kind over every choice of axes; softmax along every axis."""
    rng = np.random.default_rng(7)
    for kind in ("mean", "sum", "max", "min", "prod"):
        for axes in ((0,), (1,), (2,), (0, 2), (-1, 0, 1)):
            for keep in (False, True):
                fold = made(nn.ReduceOp, kind, axes, keep)
                yield single(f"{kind} {axes} {keep}", fold, reals(rng, SHAPE))
        if kind == "mean":
            continue
        for dtype in ("int8", "uint8", "int16", "int32", "int64"):
            x = rng.integers(0, 3, SHAPE).astype(dtype)
            yield single(f"{kind} {dtype}", made(nn.ReduceOp, kind, (0, 2), False), x)
    kernel = KernelBuilder("mean and add")
    mean = kernel.add(nn.ReduceOp(kernel.input(reals(rng, SHAPE)), "mean", (1,), True))
    kernel.add(nn.AddOp(mean, kernel.input(reals(rng, (4,)))))
    yield kernel.case()
    rows = np.stack([SPECIAL[:4], [np.nan, 1, 2, 3], [-np.inf] * 4, [88, -88, 200, -200]])
    yield single("softmax special", nn.SoftmaxOp, rows.astype(np.float32))
    for axis in (0, 1, 2, -1):
        x = reals(rng, SHAPE, 4.0)
        yield single(f"softmax {axis}", made(nn.SoftmaxOp, axis), x)
    for dtype, scale in (("int8", 0.1), ("uint8", 0.02), ("int8", 3.0)):
        table = gemmlowp.softmax_table(scale)
        x = integers(rng, (2, 3, 5), dtype)
        for element in (i8, ui8):
            build = made(fxp.SoftmaxOp, table, element)
            yield single(f"integer softmax {dtype} {scale} {element}", build, x)
            yield single(f"softmax of one {dtype} {scale} {element}", build, x[0, 0, :1])
    x = np.concatenate([integers(rng, (2, 3, 5), "int16"), rng.integers(-99, 99, (2, 3, 5))])
    for bits, zero, element in ((15, 0, i16), (8, -128, i8), (7, 0, i8)):
        table = gemmlowp.wide_softmax_table(0.0005)
        build = made(fxp.SoftmaxOp, table, element, bits=bits, zero_point=zero)
        yield single(f"integer softmax int16 {bits} {element}", build, x.astype(np.int16))
    build = made(fxp.SoftmaxOp, gemmlowp.softmax_table(0.1), i16, bits=15, zero_point=0)
    yield single("integer softmax int8 to int16", build, integers(rng, (2, 3, 5), "int8"))


def normalization_cases() -> Iterator[Case]:
    """Layer normalization of reals, with scale and bias at run time, and of integers."""
    rng = np.random.default_rng(9)
    norm = made(nn.LayerNormOp, 1e-5)
    columns = [reals(rng, (4,)) for _ in range(2)]
    yield single("layer norm", norm, reals(rng, SHAPE), *columns)
    special = np.stack([SPECIAL[:4], [np.nan, 1, 2, 3], [7] * 4, [3e38, -3e38, 1, 0]])
    yield single("layer norm special", norm, special.astype(np.float32), *columns)
    yield single("layer norm of one", norm, *(reals(rng, (1,)) for _ in range(3)))
    for dtype, width in (("int8", 5), ("uint8", 64), ("int16", 257)):
        x = integers(rng, (2, 3, width), dtype)
        x[0, 0], x[0, 1] = 7, np.where(np.arange(width) % 2, x.min(), x.max())
        for element, step in ((i8, 0.02), (ui8, 0.03), (i16, 1e-4)):
            parts = rng.normal(0, 1, width), rng.normal(0, 1, width)
            numbers = plan(*parts, 1e-5, (0.01, step), x.dtype.itemsize * 8)
            build = made(fxp.LayerNormOp, numbers, element, 3)
            yield single(f"integer layer norm {dtype} {element}", build, x)


def prologue_cases() -> Iterator[Case]:
    """Integers that become real where a pool, a reduction or a norm reads them."""
    rng = np.random.default_rng(8)
    builds: dict[str, Build] = {
        "softmax": nn.SoftmaxOp,
        "mean": made(nn.ReduceOp, "mean", (1, 2)),
        "avg_pool": made(nn.AvgPool2dOp, kernel=(2, 2), strides=(1, 2)),
    }
    for name, build in builds.items():
        kernel = KernelBuilder(f"real {name}")
        x = kernel.input(integers(rng, (1, 3, 4, 2), "int8"))
        real = kernel.add(fxp.ToRealOp(x, 0.1, -7))
        kernel.add(build(real))
        yield kernel.case()
    kernel = KernelBuilder("real layer norm")
    x = kernel.input(integers(rng, (3, 4), "int8"))
    columns = [kernel.input(reals(rng, (4,))) for _ in range(2)]
    real = kernel.add(fxp.ToRealOp(x, 0.1, -7))
    kernel.add(nn.LayerNormOp(real, columns[0], columns[1], 1e-5))
    yield kernel.case()


GROUPS: dict[str, Callable[[], Iterator[Case]]] = {
    "unary": unary_cases,
    "binary": binary_cases,
    "rescale": rescale_cases,
    "conversion": conversion_cases,
    "in_place": in_place_cases,
    "movement": movement_cases,
    "reduction": reduction_cases,
    "prologue": prologue_cases,
    "normalization": normalization_cases,
}
"""All cases of this file, by group."""

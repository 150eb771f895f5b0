"""Element types that say how integers stand for real numbers.

`AffineType` follows MLIR's `quant.uniform`
(https://mlir.llvm.org/docs/Dialects/QuantDialect/), `FixedType` the binary-point formats Qm.n of
MicroAI (https://arxiv.org/abs/2105.13331).
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    DenseArrayBase,
    Float64Type,
    IntAttr,
    IntegerType,
    NoneAttr,
    Signedness,
    TensorType,
    f64,
    i8,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ..fixed_point import dequantize, quantize

ui8 = IntegerType(8, Signedness.UNSIGNED)
ui16 = IntegerType(16, Signedness.UNSIGNED)

STORAGE_DTYPES: dict[IntegerType, type[np.signedinteger[Any]] | type[np.unsignedinteger[Any]]] = {
    i8: np.int8,
    ui8: np.uint8,
    i16: np.int16,
    ui16: np.uint16,
    i32: np.int32,
}
"""Storage integer type -> numpy type. Signless types are signed."""

FRACTION_BITS = range(-64, 127)
"""The fractional bits a `FixedType` may have: its scale and the scale's inverse are float32
numbers."""


def integer_range(type: IntegerType) -> tuple[int, int]:
    """Return the least and the greatest value of an integer type; signless types are signed."""
    width = type.width.data
    if type.signedness.data == Signedness.UNSIGNED:
        return 0, 2**width - 1
    return -(2 ** (width - 1)), 2 ** (width - 1) - 1


class FxpType(ParametrizedAttribute, TypeAttribute, ABC):
    """What all element types of this dialect share: real = (integer - zero point) * scale."""

    storage: IntegerType

    @property
    @abstractmethod
    def scales(self) -> NDArray[np.float64]:
        """The scales: one, or one per index of `axis`."""

    @property
    @abstractmethod
    def zero_points(self) -> NDArray[np.int64]:
        """The integers that stand for 0.0: as many as scales."""

    @property
    @abstractmethod
    def axis(self) -> int | None:
        """The tensor dimension along which the scales run; None for one scale per tensor."""

    @property
    def scale(self) -> float:
        """The only scale of a per-tensor type. Raises ValueError for a per-axis type."""
        return float(self.scales[self._only_index()])

    @property
    def zero_point(self) -> int:
        """The only zero point of a per-tensor type. Raises ValueError for a per-axis type."""
        return int(self.zero_points[self._only_index()])

    def _only_index(self) -> int:
        if self.axis is not None:
            raise ValueError(f"{self} has parameters per axis")
        return 0

    @property
    def qmin(self) -> int:
        """The least storage integer."""
        return integer_range(self.storage)[0]

    @property
    def qmax(self) -> int:
        """The greatest storage integer."""
        return integer_range(self.storage)[1]

    @property
    def dtype(self) -> "np.dtype[Any]":
        """The numpy type of the storage."""
        return np.dtype(STORAGE_DTYPES[self.storage])

    def quantize_array(self, x: "NDArray[np.floating]") -> "NDArray[Any]":
        """Return the storage integers of reals: rounded half to even, saturating; NaN gives the
        zero point.

        float32 arithmetic for float32 input (ONNX's QuantizeLinear), float64 for float64 input.
        """
        q = quantize(x, self.scales, self.zero_points, self.qmin, self.qmax, self.axis)
        return q.astype(self.dtype)

    def dequantize_array(
        self, q: "NDArray[np.integer]", dtype: "type[np.float32] | type[np.float64]" = np.float64
    ) -> "NDArray[np.floating]":
        """Return the reals of storage integers, computed in `dtype`."""
        return dequantize(q, self.scales, self.zero_points, self.axis, dtype)

    def verify(self) -> None:
        """Constraint 1 of both types: the storage is one of i8, ui8, i16, ui16, i32."""
        if self.storage not in STORAGE_DTYPES:
            names = ", ".join(str(t) for t in STORAGE_DTYPES)
            raise VerifyException(f"(C1) storage must be one of {names}, got {self.storage}")


@irdl_attr_definition
class AffineType(FxpType):
    """Reals at equal distances: real = (integer - zero_point) * scale, per tensor or per axis.

    ```
    !fxp.affine<i8, 0.05:-128>             one scale, one zero point
    !fxp.affine<i8:3, {0.1:0, 0.25:0}>     one pair for each index of dimension 3
    ```

    Scales are float64, printed with the fewest digits that read back as the same number.

    Constraints:
    (C1) The storage is one of i8, ui8, i16, ui16, i32.
    (C2) Every scale is finite and > 0.
    (C3) Every zero point lies in the range of the storage.
    (C4) There are as many zero points as scales: one without an axis, at least one with an axis.
    (C5) The axis is not negative.
    """

    name = "fxp.affine"

    storage: IntegerType
    scale_values: DenseArrayBase[Float64Type]
    zero_point_values: DenseArrayBase[IntegerType]
    axis_value: IntAttr | NoneAttr

    @staticmethod
    def per_tensor(storage: IntegerType, scale: float, zero_point: int = 0) -> "AffineType":
        """Return the type with one scale and zero point."""
        return AffineType(
            storage,
            DenseArrayBase.from_list(f64, [float(scale)]),
            DenseArrayBase.from_list(i64, [int(zero_point)]),
            NoneAttr(),
        )

    @staticmethod
    def per_axis(
        storage: IntegerType,
        axis: int,
        scales: "Sequence[float] | NDArray[np.floating]",
        zero_points: "Sequence[int] | NDArray[np.integer] | None" = None,
    ) -> "AffineType":
        """Return the type with one scale and zero point (default 0) per index of dimension
        `axis`.
        """
        zeros = [0] * len(scales) if zero_points is None else [int(z) for z in zero_points]
        return AffineType(
            storage,
            DenseArrayBase.from_list(f64, [float(s) for s in scales]),
            DenseArrayBase.from_list(i64, zeros),
            IntAttr(axis),
        )

    @property
    def scales(self) -> NDArray[np.float64]:
        """The scales: one, or one per index of `axis`."""
        return np.frombuffer(self.scale_values.data.data, np.float64)

    @property
    def zero_points(self) -> NDArray[np.int64]:
        """The zero points: one, or one per index of `axis`."""
        return np.frombuffer(self.zero_point_values.data.data, np.int64)

    @property
    def axis(self) -> int | None:
        """The dimension of the scales; None for one scale per tensor."""
        return self.axis_value.data if isinstance(self.axis_value, IntAttr) else None

    def with_axis(self, axis: int | None) -> "AffineType":
        """Return the same parameters along another dimension (after a transpose, say)."""
        value = NoneAttr() if axis is None else IntAttr(axis)
        return AffineType(self.storage, self.scale_values, self.zero_point_values, value)

    def verify(self) -> None:
        """Check the constraints named in the class."""
        super().verify()
        scales, zero_points = self.scales, self.zero_points
        if not (np.isfinite(scales).all() and (scales > 0).all()):
            wrong = next(s for s in scales.tolist() if not (math.isfinite(s) and s > 0))
            raise VerifyException(f"(C2) scale must be finite and positive, got {wrong}")
        if zero_points.size and (zero_points.min() < self.qmin or zero_points.max() > self.qmax):
            wrong = next(z for z in zero_points.tolist() if not self.qmin <= z <= self.qmax)
            raise VerifyException(
                f"(C3) zero point {wrong} does not fit in {self.storage}: {self.qmin}..{self.qmax}"
            )
        if len(scales) != len(zero_points):
            raise VerifyException(f"(C4) {len(scales)} scales, but {len(zero_points)} zero points")
        if len(scales) == 0 or (self.axis is None and len(scales) != 1):
            raise VerifyException(
                f"(C4) expected {'at least ' if self.axis is not None else ''}one scale, "
                f"got {len(scales)}"
            )
        if self.axis is not None and self.axis < 0:
            raise VerifyException(f"(C5) axis must not be negative, got {self.axis}")

    def print_parameters(self, printer: Printer) -> None:
        """Print `<storage, scale:zp>` or `<storage:axis, {scale:zp, …}>`."""
        pairs = list(zip(self.scales.tolist(), self.zero_points.tolist(), strict=True))
        texts = [f"{format_scale(s)}:{z}" for s, z in pairs]
        with printer.in_angle_brackets():
            printer.print_attribute(self.storage)
            if self.axis is None:
                printer.print_string(f", {texts[0]}")
            else:
                printer.print_string(f":{self.axis}, {{{', '.join(texts)}}}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        """Parse what `print_parameters` prints."""
        with parser.in_angle_brackets():
            storage = _parse_storage(parser)
            axis: IntAttr | NoneAttr = NoneAttr()
            if parser.parse_optional_punctuation(":") is not None:
                axis = IntAttr(parser.parse_integer(allow_boolean=False))
            parser.parse_punctuation(",")
            if isinstance(axis, IntAttr):
                pairs = parser.parse_comma_separated_list(
                    parser.Delimiter.BRACES, lambda: _parse_pair(parser)
                )
            else:
                pairs = [_parse_pair(parser)]
        return (
            storage,
            DenseArrayBase.from_list(f64, [s for s, _ in pairs]),
            DenseArrayBase.from_list(i64, [z for _, z in pairs]),
            axis,
        )


@irdl_attr_definition
class FixedType(FxpType):
    """Binary-point numbers Qm.n: real = integer * 2**-fraction_bits.

    ```
    !fxp.fixed<i8, 5>     8 bits, 5 of them after the binary point: steps of 1/32
    ```

    `fraction_bits` may be negative (steps larger than 1) or exceed the width. Results of arithmetic
    are rounded half up, so that rescaling is one addition and one shift.

    Constraints:
    (C1) The storage is one of i8, ui8, i16, ui16, i32.
    (C2) fraction_bits is in -64..126.
    """

    name = "fxp.fixed"

    storage: IntegerType
    fraction_bits_value: IntAttr

    @staticmethod
    def get(storage: IntegerType, fraction_bits: int) -> "FixedType":
        """Return the type of `storage` with `fraction_bits` bits after the binary point."""
        return FixedType(storage, IntAttr(fraction_bits))

    @property
    def fraction_bits(self) -> int:
        """The number of bits after the binary point."""
        return self.fraction_bits_value.data

    @property
    def scales(self) -> NDArray[np.float64]:
        """One scale, 2**-fraction_bits."""
        return np.array([math.ldexp(1.0, -self.fraction_bits)])

    @property
    def zero_points(self) -> NDArray[np.int64]:
        """One zero point, 0."""
        return np.zeros(1, np.int64)

    @property
    def axis(self) -> int | None:
        """None: one scale per tensor."""
        return None

    def quantize_array(self, x: "NDArray[np.floating]") -> "NDArray[Any]":
        """Return the storage integers of reals, saturating; NaN gives 0.

        float32 input is rounded half to even (ONNX's QuantizeLinear). float64 input, the result of
        arithmetic on quantized numbers, is rounded half up: what adding one half and shifting does.
        """
        if x.dtype == np.float32:
            return super().quantize_array(x)
        with np.errstate(over="ignore", invalid="ignore"):
            steps = np.floor(np.ldexp(x, self.fraction_bits) + 0.5)
        steps = np.where(np.isnan(steps), 0.0, steps)
        return np.clip(steps, self.qmin, self.qmax).astype(self.dtype)

    def verify(self) -> None:
        """Check the constraints named in the class."""
        super().verify()
        if self.fraction_bits not in FRACTION_BITS:
            raise VerifyException(
                f"(C2) fraction bits must be in {FRACTION_BITS[0]}..{FRACTION_BITS[-1]}, "
                f"got {self.fraction_bits}"
            )

    def print_parameters(self, printer: Printer) -> None:
        """Print `<storage, fraction_bits>`."""
        with printer.in_angle_brackets():
            printer.print_attribute(self.storage)
            printer.print_string(f", {self.fraction_bits}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        """Parse what `print_parameters` prints."""
        with parser.in_angle_brackets():
            storage = _parse_storage(parser)
            parser.parse_punctuation(",")
            return storage, IntAttr(parser.parse_integer(allow_boolean=False))


def format_scale(scale: float) -> str:
    """Return the shortest decimal that reads back as `scale`, with a point, as MLIR's floats have
    one.
    """
    digits, exponent_mark, exponent = repr(scale).partition("e")
    return f"{digits}{'' if '.' in digits else '.0'}{exponent_mark}{exponent}"


def _parse_storage(parser: AttrParser) -> IntegerType:
    position = parser.pos
    storage = parser.parse_type()
    if not isinstance(storage, IntegerType):
        parser.raise_error("expected an integer storage type", position, parser.pos)
    return cast(IntegerType, storage)


def _parse_pair(parser: AttrParser) -> tuple[float, int]:
    scale = float(parser.parse_number())
    parser.parse_punctuation(":")
    return scale, parser.parse_integer(allow_boolean=False)


FxpTensorType: TypeAlias = TensorType[FxpType]


def fxp_type_of(type: Attribute) -> FxpType | None:
    """Return the fxp type of an element type or of a tensor's elements; None if there is none."""
    if isinstance(type, TensorType):
        type = cast("TensorType[Attribute]", type).element_type
    return type if isinstance(type, FxpType) else None


def is_fxp(type: Attribute) -> bool:
    """Return whether `type` is an fxp type or a tensor of one."""
    return fxp_type_of(type) is not None


def storage_of(type: Attribute) -> Attribute:
    """Return the type with every fxp element type replaced by its plain storage integers."""
    if isinstance(type, FxpType):
        return type.storage
    if isinstance(type, TensorType):
        tensor = cast("TensorType[Attribute]", type)
        return TensorType(storage_of(tensor.element_type), tensor.shape.data)
    return type

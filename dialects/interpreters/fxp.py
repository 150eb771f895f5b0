"""What the operations of `fxp` compute: numpy on whole tensors, Python numbers in loops."""

from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerType, i64
from xdsl.interpreter import Interpreter, InterpreterFunctions, impl, register_impls

from .. import fxp, gemmlowp, integer_norm
from ..fixed_point import I32_MAX, I32_MIN, apply_scale, clamp, dequantize, quantize, requantize
from ..fxp.types import STORAGE_DTYPES, FxpType, integer_range
from ..interpolation import interpolate

Array: TypeAlias = "NDArray[Any]"


def _dtype(element: object) -> "type[np.integer[Any]]":
    """Return the numpy type of a plain integer type of this dialect."""
    return np.int64 if element == i64 else STORAGE_DTYPES[cast(IntegerType, element)]


@register_impls
class FxpFunctions(InterpreterFunctions):
    """Interpreter functions: a tensor is an array of the storage type, a scalar an int or a
    float.
    """

    @impl(fxp.QuantizeOp)
    def run_quantize(
        self, interpreter: Interpreter, op: fxp.QuantizeOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Round float32 to the storage of the result type."""
        element = cast(FxpType, op.result_element)
        return (element.quantize_array(args[0]),)

    @impl(fxp.DequantizeOp)
    def run_dequantize(
        self, interpreter: Interpreter, op: fxp.DequantizeOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Scale the storage integers to float32."""
        element = cast(FxpType, op.input_element)
        return (element.dequantize_array(args[0], np.float32),)

    @impl(fxp.StorageCastOp)
    def run_storage_cast(
        self, interpreter: Interpreter, op: fxp.StorageCastOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Pass the array on: an fxp tensor is an array of its storage."""
        return args

    @impl(fxp.FromRealOp)
    def run_from_real(
        self, interpreter: Interpreter, op: fxp.FromRealOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Round float32 to integers."""
        element = cast(IntegerType, op.result_element)
        low, high = integer_range(element)
        q = quantize(
            args[0],
            op.scale.value.data,
            op.zero_point.value.data,
            low,
            high,
            rounding=op.rounding_mode,
        )
        return (q.astype(_dtype(element)),)

    @impl(fxp.ToRealOp)
    def run_to_real(
        self, interpreter: Interpreter, op: fxp.ToRealOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Scale integers to float32."""
        return (dequantize(args[0], op.scale.value.data, op.zero_point.value.data),)

    @impl(fxp.WidenOp)
    def run_widen(
        self, interpreter: Interpreter, op: fxp.WidenOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Centre and scale: the verifier proved that it fits in 32 bits."""
        centred = args[0].astype(np.int64) - op.zero_point.value.data
        return ((centred * op.multiplier.value.data).astype(np.int32),)

    @impl(fxp.RequantizeOp)
    def run_requantize(
        self, interpreter: Interpreter, op: fxp.RequantizeOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Rescale, round, centre, clamp."""
        multipliers = np.frombuffer(op.multiplier.data.data, np.int32)
        shifts = np.frombuffer(op.shift.data.data, np.int32)
        q = requantize(
            args[0],
            multipliers[0] if multipliers.size == 1 else multipliers,
            shifts[0] if shifts.size == 1 else shifts,
            input_zero_point=op.input_zero_point.value.data,
            zero_point=op.zero_point.value.data,
            rounding=op.rounding_mode,
            low=op.min_value.value.data,
            high=op.max_value.value.data,
        )
        return (q.astype(_dtype(op.result_element)),)

    @impl(fxp.LookupOp)
    def run_lookup(
        self, interpreter: Interpreter, op: fxp.LookupOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Index the table from the least input value on."""
        least = integer_range(cast(IntegerType, op.input_element))[0]
        return (op.table_array()[args[0].astype(np.int64) - least],)

    @impl(fxp.InterpolateOp)
    def run_interpolate(
        self, interpreter: Interpreter, op: fxp.InterpolateOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Along the lines of the table."""
        return (interpolate(args[0], op.table_array(), op.left.value.data).astype(np.int16),)

    @impl(fxp.SoftmaxOp)
    def run_softmax(
        self, interpreter: Interpreter, op: fxp.SoftmaxOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Row by row."""
        element = cast(IntegerType, op.result_element)
        low, high = integer_range(element)
        rows = args[0].reshape(-1, args[0].shape[-1]).astype(np.int64)
        table = op.table_array()
        bits, zero = op.bits.value.data, op.zero
        results = [
            gemmlowp.softmax_row(row, table, low, high, bits=bits, zero=zero) for row in rows
        ]
        return (np.array(results, _dtype(element)).reshape(args[0].shape),)

    @impl(fxp.LayerNormOp)
    def run_layer_norm(
        self, interpreter: Interpreter, op: fxp.LayerNormOp, args: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        """Row by row."""
        element = cast(IntegerType, op.result_element)
        low, high = integer_range(element)
        rows = args[0].reshape(-1, args[0].shape[-1]).astype(np.int64)
        zero = op.zero_point.value.data
        results = [np.clip(integer_norm.row(x, op.norm) + zero, low, high) for x in rows]
        return (np.array(results, _dtype(element)).reshape(args[0].shape),)

    @impl(fxp.ApplyScaleOp)
    def run_apply_scale(
        self, interpreter: Interpreter, op: fxp.ApplyScaleOp, args: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Rescale one Python integer."""
        acc, multiplier, shift = args
        return (clamp(apply_scale(acc, multiplier, shift, op.rounding_mode), I32_MIN, I32_MAX),)

    @impl(fxp.RoundingShiftOp)
    def run_rounding_shift(
        self, interpreter: Interpreter, op: fxp.RoundingShiftOp, args: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Shift one Python integer."""
        acc, shift = args
        return (clamp(apply_scale(acc, 1, shift, op.rounding_mode), I32_MIN, I32_MAX),)

    @impl(fxp.SaturateOp)
    def run_saturate(
        self, interpreter: Interpreter, op: fxp.SaturateOp, args: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Clamp one Python integer."""
        return (clamp(args[0], op.min_value.value.data, op.max_value.value.data),)

    @impl(fxp.RealToIntOp)
    def run_real_to_int(
        self, interpreter: Interpreter, op: fxp.RealToIntOp, args: tuple[float, ...]
    ) -> tuple[int, ...]:
        """Round one number."""
        q = quantize(
            np.array(args[0], np.float32),
            op.scale.value.data,
            op.zero_point.value.data,
            op.min_value.value.data,
            op.max_value.value.data,
            rounding=op.rounding_mode,
        )
        return (int(q),)

    @impl(fxp.IntToRealOp)
    def run_int_to_real(
        self, interpreter: Interpreter, op: fxp.IntToRealOp, args: tuple[int, ...]
    ) -> tuple[float, ...]:
        """Scale one integer; the float holds a float32."""
        centred = np.float32(args[0] - op.zero_point.value.data)
        return (float(centred * np.float32(op.scale.value.data)),)

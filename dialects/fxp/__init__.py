"""The `fxp` dialect: how integers stand for real numbers, and the arithmetic of such integers.

Element types are in `types`, operations on tensors in `tensor_ops`, tables with lines in
`table_ops`, operations on rows in `row_ops`, cells in `recurrent_op`, operations on single numbers
in `scalar_ops`; the mathematics, which needs no xDSL, is in `dialects/fixed_point.py`,
`gemmlowp.py`, `interpolation.py` and `integer_cell.py`.
"""

from xdsl.ir import Dialect

from .recurrent_op import RecurrentOp
from .row_ops import LayerNormOp, SoftmaxOp
from .scalar_ops import ApplyScaleOp, IntToRealOp, RealToIntOp, RoundingShiftOp, SaturateOp
from .table_ops import InterpolateOp
from .tensor_ops import (
    DequantizeOp,
    FromRealOp,
    LookupOp,
    QuantizeOp,
    RequantizeOp,
    StorageCastOp,
    ToRealOp,
    WidenOp,
    verify_fxp_tensor,
)
from .types import (
    STORAGE_DTYPES,
    AffineType,
    FixedType,
    FxpTensorType,
    FxpType,
    format_scale,
    fxp_type_of,
    integer_range,
    is_fxp,
    storage_of,
    ui8,
    ui16,
)

FXP = Dialect(
    "fxp",
    [
        QuantizeOp,
        DequantizeOp,
        StorageCastOp,
        FromRealOp,
        ToRealOp,
        WidenOp,
        RequantizeOp,
        LookupOp,
        InterpolateOp,
        RecurrentOp,
        SoftmaxOp,
        LayerNormOp,
        ApplyScaleOp,
        RoundingShiftOp,
        SaturateOp,
        RealToIntOp,
        IntToRealOp,
    ],
    [AffineType, FixedType],
)

__all__ = [
    "FXP",
    "STORAGE_DTYPES",
    "AffineType",
    "ApplyScaleOp",
    "DequantizeOp",
    "FixedType",
    "FromRealOp",
    "FxpTensorType",
    "FxpType",
    "IntToRealOp",
    "InterpolateOp",
    "LayerNormOp",
    "LookupOp",
    "QuantizeOp",
    "RealToIntOp",
    "RecurrentOp",
    "RequantizeOp",
    "RoundingShiftOp",
    "SaturateOp",
    "SoftmaxOp",
    "StorageCastOp",
    "ToRealOp",
    "WidenOp",
    "format_scale",
    "fxp_type_of",
    "integer_range",
    "is_fxp",
    "storage_of",
    "ui8",
    "ui16",
    "verify_fxp_tensor",
]

"""What an ONNX value can be while it is imported."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import fxp
from .model import Array


@dataclass(frozen=True)
class QuantizedConstant:
    """A constant real tensor that the model stores as integers: DequantizeLinear of an
    initializer.
    """

    storage: Array
    """The integers, in the layout of the tensor."""
    encoding: fxp.AffineType
    """How they stand for reals; its axis counts in the present layout."""
    name: str = ""
    """The ONNX value the integers come from."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions of the tensor."""
        return self.storage.shape

    def transposed(self, permutation: Sequence[int]) -> "QuantizedConstant":
        """The same reals with axes permuted as `numpy.transpose` does."""
        axis = self.encoding.axis
        moved = None if axis is None else list(permutation).index(axis)
        return QuantizedConstant(
            np.array(self.storage.transpose(permutation), order="C"),
            self.encoding.with_axis(moved),
            self.name,
        )

    def reshaped(self, shape: Sequence[int]) -> "QuantizedConstant | None":
        """The same reals in another shape; None when the axis of the scales does not survive."""
        axis = self.encoding.axis
        if axis is not None:
            before = math.prod(self.shape[:axis])
            axis = next(
                (
                    i
                    for i, size in enumerate(shape)
                    if size == self.shape[axis] and math.prod(shape[:i]) == before
                ),
                None,
            )
            if axis is None:
                return None
        return QuantizedConstant(
            self.storage.reshape(shape), self.encoding.with_axis(axis), self.name
        )


@dataclass(frozen=True)
class Unknown:
    """The value of a node that could not be imported; the reason has been noted."""


Value: TypeAlias = "Array | QuantizedConstant | SSAValue | Unknown"
"""A constant, a quantized constant, a value computed at run time, or nothing because of an earlier
error.

A run-time value whose element type is an `!fxp` type stands for the ONNX *integer* tensor of its
storage: the output of QuantizeLinear. Real tensors are always f32 here.
"""

Result: TypeAlias = (
    "Array | QuantizedConstant | SSAValue | Sequence[Array | QuantizedConstant | SSAValue]"
)
"""What a handler returns: the value of the only output, or of each output."""

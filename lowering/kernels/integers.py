"""Registers of integers that the model computes with itself: results are taken modulo 2^bits.

A register is wider than the elements of narrow types; what is computed of them is brought back into
their type at once, since another operation of the same kernel may read the register.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerType, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.hints import isa

from ...dialects.vpool import is_unsigned
from .kernel import Kernel, element_of


def total(kernel: Kernel, name: str, args: Sequence[SSAValue]) -> SSAValue:
    """One of the functions of `nnopt_fxp.h` that are defined for all integers, on registers."""
    type_ = args[0].type
    return kernel.builder.call(f"nnopt_{name}_{'i64' if type_ == i64 else 'i32'}", args, type_)


def within(kernel: Kernel, register: SSAValue, element: Attribute) -> SSAValue:
    """The register's low bits as a number of the element type, where that is narrower."""
    assert isa(element, IntegerType)
    width = element.width.data
    if width not in (8, 16):
        return register
    name = f"nnopt_low_{'u' if is_unsigned(element) else 'i'}{width}"
    return kernel.builder.call(name, [register], register.type)


def wrapped(kernel: Kernel, name: str, args: Sequence[SSAValue], tensor: SSAValue) -> SSAValue:
    """A total function whose result becomes an element of `tensor`."""
    return within(kernel, total(kernel, name, args), element_of(tensor))

"""The `accel` dialect: parts of a network that an accelerator computes instead of the processor.

Two levels use it (see docs/levels.md): on tensors, `accel.offload` holds what was claimed, as a
region of the integer (or float) graph with its constants; in the loops of a kernel, `accel.call` is
the call of the driver's C function on memory, and still holds that region, so that it runs in the
interpreter. Which accelerators there are, and what they claim, is the business of
`passes/offload`. The division of labour is that of microTVM's UMA (arXiv 2304.04842).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import (
    I64,
    ArrayAttr,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    MemRefType,
    StringAttr,
    TensorType,
    f32,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Dialect, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import (
    IsolatedFromAbove,
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    Pure,
)
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from . import nn

__all__ = ["ACCEL", "CallOp", "OffloadOp", "YieldOp"]


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends the region of what an accelerator computes, and gives its results."""

    name = "accel.yield"
    arguments = var_operand_def()
    traits = traits_def(IsTerminator(), Pure())
    assembly_format = "attr-dict $arguments `:` type($arguments)"

    def __init__(self, *arguments: SSAValue):
        super().__init__(operands=[arguments])


def _yielded(body: Region) -> tuple[SSAValue, ...]:
    last = body.block.last_op
    if not isinstance(last, YieldOp):
        raise VerifyException("(C2) region must end in accel.yield")
    return tuple(last.arguments)


def _check_types(found: Sequence[Attribute], expected: Sequence[Attribute], what: str) -> None:
    if list(found) != list(expected):
        raise VerifyException(
            f"{what} have types {', '.join(map(str, found))}, "
            f"expected {', '.join(map(str, expected))}"
        )


@irdl_op_definition
class OffloadOp(IRDLOperation):
    """What an accelerator computes, on tensors.

    ```
    %y = accel.offload "matrix-engine" {scratchpad = 8192 : i32} ins(%x : tensor<1x64xi8>)
        -> tensor<1x10xi8> {
    ^bb0(%x0: tensor<1x64xi8>):
      %w = nn.constant …
      %acc = nn.fully_connected %x0, %w, %b …
      %q = fxp.requantize %acc …
      accel.yield %q : tensor<1x10xi8>
    }
    ```

    `given` are the settings that differ from the accelerator's own; inputs and outputs in memory
    are `aligned` to so many bytes (4 unless said). (C1) one region argument per
    input, of the same type; (C2) the region ends in `accel.yield`; (C3) which gives one value per
    result, of the same type; (C4) the region is isolated: constants are inside, every other value
    comes as an input; (C6) the alignment is a power of two.
    """

    name = "accel.offload"
    accelerator = prop_def(StringAttr)
    given = prop_def(DictionaryAttr)
    alignment = prop_def(IntegerAttr[I64], default_value=IntegerAttr(4, i64))
    inputs = var_operand_def(TensorType)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")
    traits = traits_def(IsolatedFromAbove(), Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$accelerator $given (`aligned` $alignment^)? "
        "`ins` `(` $inputs `:` type($inputs) `)` `->` type($outputs) "
        "attr-dict-with-keyword $body"
    )

    def __init__(
        self,
        accelerator: str,
        given: DictionaryAttr,
        alignment: int,
        inputs: Sequence[SSAValue],
        result_types: Sequence[Attribute],
        body: Region | Block,
    ):
        super().__init__(
            operands=[inputs],
            result_types=[result_types],
            regions=[Region(body) if isinstance(body, Block) else body],
            properties={
                "accelerator": StringAttr(accelerator),
                "given": given,
                "alignment": IntegerAttr(alignment, i64),
            },
        )

    @property
    def ops(self) -> list[Operation]:
        """What is computed: the ops of the region but constants and the terminator."""
        return [op for op in self.body.block.ops if not isinstance(op, nn.ConstantOp | YieldOp)]

    def verify_(self) -> None:
        align = self.alignment.value.data
        if align < 1 or align & (align - 1):
            raise VerifyException(f"(C6) alignment must be a power of two, found {align}")
        _check_types(self.body.block.arg_types, self.inputs.types, "(C1) region arguments")
        yielded = [value.type for value in _yielded(self.body)]
        _check_types(yielded, self.outputs.types, "(C3) yielded values")


@irdl_op_definition
class CallOp(IRDLOperation):
    """The same in the function of a kernel: a call of the driver on memory.

    ```
    accel.call "matrix-engine" "mx_product" [1 : i32, 64 : i32, 10 : i32]
        (%x) to (%y) with (%weights) and (%scratch) : (memref<64xi8>) (memref<10xi8>)
        (memref<640xi8>) () {region}
    ```

    The C function gets a pointer to each input, output and constant, to scratch memory if there is
    any, then the parameters. The interpreter runs the region; it reads neither the constants, which
    are in the accelerator's own format, nor the scratch memory. (C1) the region has an argument
    for each input and yields a value for each output, of as many elements and the same type;
    (C2) it ends in `accel.yield`; (C5) parameters are i32 or f32.
    """

    name = "accel.call"
    accelerator = prop_def(StringAttr)
    given = prop_def(DictionaryAttr)
    function = prop_def(StringAttr)
    parameters = prop_def(ArrayAttr)
    inputs = var_operand_def(MemRefType)
    outputs = var_operand_def(MemRefType)
    constants = var_operand_def(MemRefType)
    scratch = var_operand_def(MemRefType)
    body = region_def("single_block")
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect(), IsolatedFromAbove())
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$accelerator $given $function $parameters `(` $inputs `)` `to` `(` $outputs `)` "
        "`with` `(` $constants `)` `and` `(` $scratch `)` attr-dict `:` "
        "`(` type($inputs) `)` `(` type($outputs) `)` `(` type($constants) `)` "
        "`(` type($scratch) `)` $body"
    )

    def __init__(
        self,
        op: OffloadOp,
        function: str,
        parameters: Sequence[int | float],
        memory: tuple[Sequence[SSAValue], Sequence[SSAValue]],
        constants: Sequence[SSAValue],
        scratch: Sequence[SSAValue],
    ):
        inputs, outputs = memory
        numbers = [
            FloatAttr(number, f32) if isinstance(number, float) else IntegerAttr(number, i32)
            for number in parameters
        ]
        super().__init__(
            operands=[inputs, outputs, constants, scratch],
            regions=[op.body.clone()],
            properties={
                "accelerator": op.accelerator,
                "given": op.given,
                "function": StringAttr(function),
                "parameters": ArrayAttr(numbers),
            },
        )

    @property
    def numbers(self) -> list[int | float]:
        """The parameters of the driver's function."""
        return [
            n.value.data for n in self.parameters.data if isinstance(n, IntegerAttr | FloatAttr)
        ]

    def verify_(self) -> None:
        for number in self.parameters.data:
            if getattr(number, "type", None) not in (i32, f32):
                raise VerifyException(f"(C5) parameter {number} is neither i32 nor f32")
        pairs = (
            ("inputs", self.body.block.args, self.inputs),
            ("outputs", _yielded(self.body), self.outputs),
        )
        for what, tensors, memory in pairs:
            inside = [_flat(value.type) for value in tensors]
            outside = [_flat(value.type) for value in memory]
            if inside != outside:
                raise VerifyException(
                    f"(C1) {what} {', '.join(str(value.type) for value in memory)} do not fit "
                    f"{', '.join(str(value.type) for value in tensors)} of the region"
                )

    def writes(self, operand: int) -> bool:
        """Whether the driver writes to the memory that is an operand: outputs and scratch."""
        first = len(self.inputs)
        end = first + len(self.outputs)
        return first <= operand < end or operand >= end + len(self.constants)

    def tensors(self, memory: Sequence[NDArray[np.generic]]) -> list[NDArray[np.generic]]:
        """The inputs as tensors of the region."""
        types = (cast("TensorType[Attribute]", arg.type) for arg in self.body.block.args)
        return [
            np.array(flat).reshape(type_.get_shape())
            for flat, type_ in zip(memory, types, strict=False)
        ]


def _flat(type_: Attribute) -> tuple[Attribute, int]:
    """Element type and number of elements of a tensor or of memory."""
    if isa(type_, TensorType[Attribute]) or isa(type_, MemRefType[Attribute]):
        return type_.get_element_type(), type_.element_count()
    raise VerifyException(f"(C1) {type_} is neither a tensor nor memory")


ACCEL = Dialect("accel", [OffloadOp, CallOp, YieldOp], [])

"""Element-wise ops that decide: comparisons, logic on bits, remainders, selection."""

from __future__ import annotations

from xdsl.dialects.builtin import BoolAttr, StringAttr, TensorType, f32, i1
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def

from . import shapes
from .common import (
    NnOp,
    Value,
    as_integer,
    check,
    check_shape,
    element,
    flag,
    infer,
    is_number,
    listed,
    shape,
)

__all__ = ["BitwiseOp", "CompareOp", "RemainderOp", "ShiftOp", "WhereOp"]

PREDICATES = ("eq", "ne", "lt", "le", "gt", "ge")
BITWISE_KINDS = ("and", "or", "xor")
DIRECTIONS = ("left", "right")


class PairwiseOp(NnOp):
    """Base of ops on two tensors of one plain element type, broadcast as numpy does it."""

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = (
        "$lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)"
    )

    def __init__(
        self,
        lhs: Value,
        rhs: Value,
        properties: dict[str, Attribute | None],
        result_element: Attribute | None = None,
    ):
        out = infer(1, shapes.broadcast, shape(lhs), shape(rhs))
        type_ = TensorType(result_element or element(lhs), out)
        super().__init__(operands=[lhs, rhs], result_types=[type_], properties=properties)

    def check_pair(self, result: Attribute) -> None:
        """(C1) the result has the broadcast shape; (C2) operands are of one type, it of another."""
        expected = infer(1, shapes.broadcast, shape(self.lhs), shape(self.rhs))
        check_shape(self.result, expected, 1, "a result")
        types = [element(v) for v in (self.lhs, self.rhs)]
        plain = types[0] == f32 or as_integer(types[0]) is not None
        check(plain and types[0] == types[1], 2, "f32 or one integer type", listed(types))
        check(element(self.result) == result, 2, f"a result of {result}", element(self.result))


@irdl_op_definition
class CompareOp(PairwiseOp):
    """Whether lhs is equal to (`eq`), not equal to, less than, … rhs; false for NaN, but for `ne`.

    ```
    %y = nn.compare %a, %b {predicate = "lt"} : (tensor<4xf32>, tensor<f32>) -> tensor<4xi1>
    ```

    (C1) the result has the broadcast shape; (C2) both operands are f32 or of one integer type, and
    the result is i1; (C3) predicate is eq, ne, lt, le, gt or ge.
    """

    name = "nn.compare"
    predicate = prop_def(StringAttr)

    def __init__(self, lhs: Value, rhs: Value, predicate: str):
        super().__init__(lhs, rhs, {"predicate": StringAttr(predicate)}, i1)

    def check_constraints(self) -> None:
        self.check_pair(i1)
        found = self.predicate.data
        check(found in PREDICATES, 3, f"a predicate of {listed(PREDICATES)}", found)


@irdl_op_definition
class BitwiseOp(PairwiseOp):
    """Bit by bit, on i1 the logical operation.

    ```
    %y = nn.bitwise %a, %b {kind = "xor"} : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
    ```

    (C1) the result has the broadcast shape; (C2) all are of one integer type, which may be i1;
    (C3) kind is and, or or xor.
    """

    name = "nn.bitwise"
    kind = prop_def(StringAttr)

    def __init__(self, lhs: Value, rhs: Value, kind: str):
        super().__init__(lhs, rhs, {"kind": StringAttr(kind)})

    def check_constraints(self) -> None:
        self.check_pair(element(self.lhs))
        integers = as_integer(element(self.lhs)) is not None
        check(integers, 2, "integers", element(self.lhs))
        found = self.kind.data
        check(found in BITWISE_KINDS, 3, f"a kind of {listed(BITWISE_KINDS)}", found)


@irdl_op_definition
class ShiftOp(PairwiseOp):
    """lhs shifted by rhs bits; what leaves the type is lost, and signs fill from the left.

    ```
    %y = nn.shift %a, %b {direction = "left"} : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
    ```

    A distance below 0 or of at least the type's bits gives 0, to the right -1 for negative numbers.

    (C1) the result has the broadcast shape; (C2) all are of one integer type other than i1;
    (C3) direction is left or right.
    """

    name = "nn.shift"
    direction = prop_def(StringAttr)

    def __init__(self, lhs: Value, rhs: Value, direction: str):
        super().__init__(lhs, rhs, {"direction": StringAttr(direction)})

    def check_constraints(self) -> None:
        self.check_pair(element(self.lhs))
        check(is_number(element(self.lhs)), 2, "integers", element(self.lhs))
        found = self.direction.data
        check(found in DIRECTIONS, 3, "left or right as direction", found)


@irdl_op_definition
class RemainderOp(PairwiseOp):
    """The remainder of lhs / rhs, with the sign of lhs if `truncated` (as in C), else of rhs.

    ```
    %y = nn.remainder %a, %b {truncated = true} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
    ```

    f32: exact (C's fmod); NaN for a divisor of 0. Integers: 0 for a divisor of 0.

    (C1) the result has the broadcast shape; (C2) all are f32 or of one integer type other than i1.
    """

    name = "nn.remainder"
    truncated = prop_def(BoolAttr, default_value=flag(False))

    def __init__(self, lhs: Value, rhs: Value, truncated: bool):
        super().__init__(lhs, rhs, {"truncated": flag(truncated)})

    def check_constraints(self) -> None:
        self.check_pair(element(self.lhs))
        type_ = element(self.lhs)
        check(type_ == f32 or is_number(type_), 2, "numbers", type_)


@irdl_op_definition
class WhereOp(NnOp):
    """lhs where the condition holds, rhs elsewhere; all three broadcast as numpy does it.

    ```
    %y = nn.where %c, %a, %b : (tensor<4xi1>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    ```

    (C1) the result has the broadcast shape; (C2) the condition is i1; (C3) the other elements are
    all f32 or of one integer type.
    """

    name = "nn.where"
    condition = operand_def(TensorType)
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)
    assembly_format = (
        "$condition `,` $lhs `,` $rhs attr-dict `:` `(` type($condition) `,` type($lhs) `,` "
        "type($rhs) `)` `->` type($result)"
    )

    def __init__(self, condition: Value, lhs: Value, rhs: Value):
        out = infer(1, shapes.broadcast, shape(lhs), shape(rhs))
        out = infer(1, shapes.broadcast, shape(condition), out)
        super().__init__(
            operands=[condition, lhs, rhs], result_types=[TensorType(element(lhs), out)]
        )

    def check_constraints(self) -> None:
        out = infer(1, shapes.broadcast, shape(self.lhs), shape(self.rhs))
        out = infer(1, shapes.broadcast, shape(self.condition), out)
        check_shape(self.result, out, 1, "a result")
        check(element(self.condition) == i1, 2, "a condition of i1", element(self.condition))
        types = [element(v) for v in (self.lhs, self.rhs, self.result)]
        plain = types[0] == f32 or as_integer(types[0]) is not None
        check(plain and len(set(types)) == 1, 3, "f32 or one integer type", listed(types))

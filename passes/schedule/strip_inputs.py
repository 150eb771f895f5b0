"""`strip-inputs`: the image that a network reads comes a few rows at a time, and is never whole.

The kernel that reads it asks for rows when it needs them, into a ring, as it would compute the rows
of a stage before it (`rows.py`); `fuse-rows` can make it longer then.

Before:

```mlir
func.func @main(%x: tensor<1x8x8x3xi8>) -> tensor<1x8x8x16xi8> {
  %a = vpool.kernel "stem" ins(%x, …) -> tensor<1x8x8x16xi8> {
  ^bb0(%x0: tensor<1x8x8x3xi8>, …):
    … nn.conv2d %x0 …
```

After:

```mlir
func.func @main(%x: tensor<1x8x8x3xi8> {nn.strips = array<i64: 2, 8>}) -> tensor<1x8x8x16xi8> {
  %a = vpool.kernel "stem" ins(%x, …) -> tensor<1x8x8x16xi8> schedule <"rows", …> {
  ^bb0(%x0: tensor<1x8x8x3xi8>, …):
    %rows = vpool.fetch %x0 {rows = 2 : i64} : …  // a ring of four rows
    … nn.conv2d %rows …
```
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, DictionaryAttr, ModuleOp, i64
from xdsl.ir import BlockArgument
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from ...dialects import nn, vpool
from ...dialects.interpreters import names_of
from ...dialects.interpreters.streaming import state_names
from ..analysis.cost import is_view, shape_of
from .chains import has_rows, loops_of
from .row_chain import ROWS, STRIPS


def image_of(function: func.FuncOp) -> tuple[BlockArgument, str]:
    """The only input that is an image, and its name. Raises PassFailedException."""
    names = names_of(function.arg_attrs, len(function.args), "arg")
    states = state_names(function)
    images = [
        (argument, name)
        for argument, name in zip(function.args, names, strict=True)
        if len(shape_of(argument)) == 4 and name not in states
    ]
    if len(images) != 1:
        found = ", ".join(name for _, name in images) or "none"
        raise PassFailedException(
            f"strip-inputs: one input has to be an image of four dimensions, found {found}"
        )
    return images[0]


def reader_of(image: BlockArgument, name: str) -> tuple[vpool.KernelOp, BlockArgument]:
    """The kernel that takes an image row by row, and the image in it. Raises PassFailedException"""
    uses = list(image.uses)
    while len(uses) == 1 and is_view(uses[0].operation):
        uses = list(uses[0].operation.results[0].uses)
    kernel = uses[0].operation if len(uses) == 1 else None
    if isinstance(kernel, vpool.KernelOp) and has_rows(kernel):
        heads, inner = loops_of(kernel), kernel.body.block.args[uses[0].index]
        first = heads[0] if heads else None
        if isinstance(first, nn.Conv2dOp) and first.operands[0] is inner:
            if len(list(inner.uses)) == 1:
                return kernel, inner
    readers = ", ".join(
        use.operation.label.data if isinstance(use.operation, vpool.KernelOp) else "the output"
        for use in uses
    )
    raise PassFailedException(
        f"strip-inputs: input {name} is read by {readers or 'nothing'}; "
        "only one convolution of one image can take it row by row"
    )


def strip(function: func.FuncOp, rows: int) -> None:
    """Let the image of a function come in strips of so many rows."""
    image, name = image_of(function)
    kernel, inner = reader_of(image, name)
    (use,) = inner.uses
    height = shape_of(inner)[1]
    fetch = vpool.FetchOp(inner, min(rows, height))
    fetch.result.name_hint = "rows"
    fetch.location = kernel.location
    use.operation.operands[use.index] = fetch.result
    first = kernel.body.block.first_op
    assert first is not None
    Rewriter.insert_op(fetch, InsertPoint.before(first))
    old = kernel.schedule or vpool.ScheduleAttr()
    kernel.schedule = vpool.ScheduleAttr(ROWS, ("oh", "ow", "oc"), old.block, old.isa)
    attributes = list(function.arg_attrs or [DictionaryAttr({})] * len(function.args))
    mark = {STRIPS: DenseArrayBase.from_list(i64, [fetch.rows.value.data, height])}
    attributes[image.index] = DictionaryAttr({**attributes[image.index].data, **mark})
    function.properties["arg_attrs"] = ArrayAttr(attributes)


@dataclass(frozen=True)
class StripInputsPass(ModulePass):
    """Let the image of a network come row by row."""

    name = "strip-inputs"

    rows: int = 1
    """How many rows are asked for at a time."""

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise PassFailedException(f"strip-inputs: rows must be positive, found {self.rows}")

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Change the image of every function."""
        for function in [o for o in op.body.block.ops if isinstance(o, func.FuncOp)]:
            strip(function, self.rows)

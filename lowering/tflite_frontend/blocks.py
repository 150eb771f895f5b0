"""Operators that move blocks of pixels to channels or to the batch, and back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.ir import SSAValue

from ...dialects import nn
from .importer import Result, shape_of
from .model import Operator
from .movement import keeps_encoding
from .registry import handler

if TYPE_CHECKING:
    from .importer import Importer


@handler("DEPTH_TO_SPACE", "SPACE_TO_DEPTH")
def depth_and_space(ctx: "Importer", op: Operator) -> Result:
    """Blocks of channels to blocks of pixels, or back."""
    x = ctx.value(op, 0)
    batch, height, width, channels = shape_of(x)
    block = op.int_("BlockSize")
    to_space = op.kind == "DEPTH_TO_SPACE"
    keeps_encoding(ctx, op)
    if block < 1 or (channels % block**2 if to_space else height % block or width % block):
        raise op.error(f"blocks of {block} do not fit {list(shape_of(x))}")
    if to_space:
        depth = channels // block**2
        split = [batch, height, width, block, block, depth]
        out = [batch, height * block, width * block, depth]
        order = (0, 1, 3, 2, 4, 5)
    else:
        split = [batch, height // block, block, width // block, block, channels]
        out = [batch, height // block, width // block, channels * block**2]
        order = (0, 1, 3, 2, 4, 5)
    moved = ctx.add(nn.TransposeOp(ctx.add(nn.ReshapeOp(x, split)), order))
    return ctx.add(nn.ReshapeOp(moved, out))


def _blocks(ctx: "Importer", op: Operator, name: str) -> tuple[Sequence[int], Sequence[int]]:
    """The two sizes of a block; what is added to or taken from rows and columns at both ends."""
    sizes, ends = ctx.integers(op, 1, "block"), ctx.integers(op, 2, name)
    if len(sizes) != 2 or len(ends) != 4 or min(sizes) < 1 or min(ends) < 0:
        raise op.error(f"blocks of {list(sizes)} with {name} of {list(ends)} are not supported")
    keeps_encoding(ctx, op)
    return sizes, ends


def _moved(ctx: "Importer", x: SSAValue, split: Sequence[int], order: Sequence[int]) -> SSAValue:
    return ctx.add(nn.TransposeOp(ctx.add(nn.ReshapeOp(x, list(split))), order))


@handler("SPACE_TO_BATCH_ND")
def space_to_batch(ctx: "Importer", op: Operator) -> Result:
    """Each pixel of a block becomes part of an image of its own, after padding."""
    x = ctx.value(op, 0)
    (down, right), pads = _blocks(ctx, op, "padding")
    batch, height, width, channels = shape_of(x)
    tensor = ctx.tensor(op, 0)
    zero = ctx.encoding(op, tensor).zero_point if ctx.is_quantized(tensor) else 0
    if any(pads):
        around = [0, pads[0], pads[2], 0, 0, pads[1], pads[3], 0]
        x = ctx.add(nn.PadOp(x, around, value=float(zero)))
    height, width = height + pads[0] + pads[1], width + pads[2] + pads[3]
    if height % down or width % right:
        raise op.error(f"blocks of {down} x {right} do not fit {height} x {width} pixels")
    split = [batch, height // down, down, width // right, right, channels]
    moved = _moved(ctx, x, split, (2, 4, 0, 1, 3, 5))
    out = [batch * down * right, height // down, width // right, channels]
    return ctx.add(nn.ReshapeOp(moved, out))


@handler("BATCH_TO_SPACE_ND")
def batch_to_space(ctx: "Importer", op: Operator) -> Result:
    """The images of the batch give the pixels of each block, of which the border is cut off."""
    x = ctx.value(op, 0)
    (down, right), crops = _blocks(ctx, op, "crops")
    images, height, width, channels = shape_of(x)
    batch, left = divmod(images, down * right)
    kept = (height * down - crops[0] - crops[1], width * right - crops[2] - crops[3])
    if left or batch < 1 or min(kept) < 1:
        raise op.error(f"blocks of {down} x {right} do not fit {list(shape_of(x))}")
    split = [down, right, batch, height, width, channels]
    moved = _moved(ctx, x, split, (2, 3, 0, 4, 1, 5))
    image = ctx.add(nn.ReshapeOp(moved, [batch, height * down, width * right, channels]))
    if not any(crops):
        return image
    return ctx.add(
        nn.SliceOp(image, (0, crops[0], crops[2], 0), (batch, *kept, channels), (1, 1, 1, 1))
    )

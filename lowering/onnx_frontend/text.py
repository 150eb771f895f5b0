"""TfIdfVectorizer: counts of n-grams in rows of numbers, by comparisons with a constant pool."""

import itertools
from typing import TYPE_CHECKING

import numpy as np
from xdsl.dialects.builtin import f32, i32, i64
from xdsl.ir import SSAValue

from ...dialects import nn
from .evaluate import check_size
from .importer import element_type_of, shape_of
from .indexing import take
from .layout import reshape
from .model import Array, Node
from .registry import handler
from .values import Result

if TYPE_CHECKING:
    from .importer import Importer


def pools(node: Node) -> list[Array]:
    """The n-grams of the pool, (count, n) for n = 1, 2, …"""
    items = node.ints("pool_int64s")
    if items is None:
        raise node.error("n-grams of strings are not supported; use pool_int64s")
    starts = [*(node.ints("ngram_counts") or ()), len(items)]
    grams: list[Array] = []
    for n, (start, end) in enumerate(itertools.pairwise(starts), 1):
        if end < start or (end - start) % n:
            raise node.error("its ngram_counts do not fit its pool")
        grams.append(np.array(items[start:end], np.int64).reshape(-1, n))
    return grams


def counted(ctx: "Importer", x: SSAValue, grams: Array, distance: int) -> SSAValue | None:
    """How often each n-gram occurs in each row, its members `distance` apart: (B, count)."""
    rows, length = shape_of(x)
    n = int(grams.shape[1])
    windows = length - (n - 1) * distance
    if windows < 1:
        return None
    places: Array = np.arange(windows)[:, None] + distance * np.arange(n)[None]
    seen = reshape(ctx, take(ctx, x, places, 1), (rows, windows, 1, n))
    same = ctx.add(nn.CompareOp(seen, ctx.build(grams), "eq"))
    hits = ctx.add(nn.ReduceOp(ctx.add(nn.CastOp(same, i32)), "min", (3,), False))
    return ctx.add(nn.ReduceOp(hits, "sum", (1,), False))


@handler("TfIdfVectorizer", since=9)
def tfidf(ctx: "Importer", node: Node) -> Result:
    """Counts of n-grams with at most so many numbers skipped between members; weighted."""
    x = ctx.operand(node, 0)
    shape = shape_of(x)
    x = reshape(ctx, x, (1, *shape) if len(shape) == 1 else shape)
    x = x if element_type_of(x) == i64 else ctx.add(nn.CastOp(x, i64))
    least, most = node.int_("min_gram_length", 1), node.int_("max_gram_length", 1)
    skips = node.int_("max_skip_count", 0)
    columns = node.ints("ngram_indexes") or ()
    if len(set(columns)) != len(columns):
        raise node.error("several n-grams share an index, which is not supported")
    parts: list[SSAValue] = []
    used: list[int] = []
    number = 0
    for n, grams in enumerate(pools(node), 1):
        numbers = list(range(number, number + len(grams)))
        number += len(grams)
        if not least <= n <= most or not len(grams):
            continue
        total: SSAValue | None = None
        for distance in range(1, 2 if n == 1 else skips + 2):
            found = counted(ctx, x, grams, distance)
            if found is not None:
                total = found if total is None else ctx.add(nn.AddOp(total, found))
        if total is not None:
            parts.append(total)
            used += numbers
    rows, size = shape_of(x)[0], max(columns, default=0) + 1
    check_size(node, (rows, size))
    if not parts:
        return np.zeros((rows, size) if len(shape) > 1 else (size,), np.float32)
    joined = parts[0] if len(parts) == 1 else ctx.add(nn.ConcatOp(parts, 1))
    counts = ctx.add(nn.PadOp(joined, (0, 0, 0, 1)))  # what is not counted is 0
    order = np.full(size, len(used), np.int64)
    for place, gram in enumerate(used):
        order[columns[gram]] = place
    result = ctx.add(nn.CastOp(take(ctx, counts, order, 1), f32))
    result = _weighted(ctx, node, result, columns)
    return result if len(shape) > 1 else reshape(ctx, result, (size,))


def _weighted(ctx: "Importer", node: Node, counts: SSAValue, columns: tuple[int, ...]) -> SSAValue:
    mode = node.string("mode", "TF")
    if mode not in ("TF", "IDF", "TFIDF"):
        raise node.error(f"mode '{mode}' does not exist")
    if mode == "IDF":
        counts = ctx.add(nn.ClampOp(counts, 0.0, 1.0))
    given = node.attributes.get("weights")
    if mode == "TF" or not isinstance(given, tuple) or not given:
        return counts
    weights = np.zeros(shape_of(counts)[1], np.float32)
    weights[list(columns)] = np.array(given, np.float32)[: len(columns)]
    return ctx.add(nn.MulOp(counts, ctx.build(weights)))

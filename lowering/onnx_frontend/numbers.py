"""Numbers in a model that are probably a mistake, or make its results bad."""

import re
from collections.abc import Callable, Iterator

import numpy as np

from .importer import MAY_BE_INFINITE
from .model import Array, Finding, Graph, Node

RANGE = 256
"""Where nine of ten weights are so many times smaller than the largest, 8 bits make them 0."""
MANY = 16
"""A tensor has to have so many elements for that to say anything."""

_WEIGHTED = re.compile(r"(QLinear|Fused)?(Conv|MatMul|Gemm)(Transpose|Integer)?")


def _name(node: Node, index: int) -> str:
    return node.inputs[index]


def _scales(node: Node) -> Iterator[int]:
    """The inputs of a quantized operator that are scales, in ONNX's order of operands."""
    kind = node.op_type
    if kind in ("QuantizeLinear", "DequantizeLinear"):
        yield 1
    elif kind in ("QLinearConv", "QLinearMatMul", "QGemm"):
        yield from (1, 4, 6) if kind != "QGemm" else (1, 4, 7)


def _count(what: int, of: int) -> str:
    return f"{what} of its {of} elements are" if of > 1 else "it is"


def _scale_problem(values: Array) -> str | None:
    wrong = ~(np.isfinite(values) & (values > 0))
    return f"{_count(int(wrong.sum()), values.size)} not above 0" if wrong.any() else None


def _weight_problems(values: Array) -> Iterator[str]:
    """What is odd about the weights of a product."""
    if values.size > 1 and not values.any():
        yield "all its elements are 0: the layer's result does not depend on its input"
        return
    if values.dtype.kind != "f" or values.size < MANY:
        return
    magnitude = np.abs(values[np.isfinite(values) & (values != 0)])
    largest = float(magnitude.max()) if magnitude.size else 0.0
    usual = float(np.quantile(magnitude, 0.9)) if magnitude.size else 0.0
    if largest > RANGE * usual:
        yield (
            f"its largest magnitude is {largest:.3g}, but nine of ten elements are below "
            f"{usual:.3g}: integers of 8 bits make those 0"
        )


def _general_problems(values: Array, *, may_be_infinite: bool) -> Iterator[str]:
    """What is odd about any tensor of reals."""
    for what, is_so in (("NaN", np.isnan), ("infinite", np.isinf))[: 1 if may_be_infinite else 2]:
        number = int(is_so(values).sum())
        if number:
            yield f"{_count(number, values.size)} {what}"
    with np.errstate(all="ignore"):
        tiny = int(((values != 0) & (np.abs(values) < np.finfo(np.float32).tiny)).sum())
    if tiny:
        yield (
            f"{_count(tiny, values.size)} subnormal (below 1.2e-38): some processors make them 0, "
            "others compute slowly with them"
        )


def _tensors(graph: Graph) -> Iterator[tuple[str, Array]]:
    yield from graph.constants.items()
    for node in graph.nodes:
        for name, value in node.attributes.items():
            if isinstance(value, np.ndarray):
                yield (node.outputs[0] if node.op_type == "Constant" else name), value


def _warning(name: str, op: str, reason: str) -> Finding:
    return Finding("numbers", name, op, f"tensor '{name}': {reason}", severity="warning")


def suspicious_numbers(graph: Graph) -> list[Finding]:
    """What is odd about the constants of a graph: scales that are not positive, NaN, infinities and
    subnormals, weights that are all 0 or of a huge range, negative variances. All of it are
    warnings: what cannot be compiled (most such scales, but not those of 0 of weights that are 0
    then) is said by the importer.
    """
    known = dict(_tensors(graph))
    findings: list[Finding] = []
    for name, values in known.items():
        if values.dtype.kind == "f":
            readers = [node.op_type for node in graph.nodes if name in node.inputs]
            bounds = bool(readers) and MAY_BE_INFINITE.issuperset(readers)
            problems = _general_problems(values, may_be_infinite=bounds)
            findings += [_warning(name, "", text) for text in problems]
    seen: set[str] = set()

    def look(node: Node, index: int, check: Callable[[Array], Iterator[str]]) -> None:
        values = known.get(_name(node, index)) if node.has_input(index) else None
        if values is None or _name(node, index) in seen:
            return
        seen.add(_name(node, index))
        for text in check(values):
            reason = f"input {index} ('{_name(node, index)}'): {text}"
            findings.append(Finding("numbers", node.name, node.kind, reason, severity="warning"))

    for node in graph.nodes:
        for index in _scales(node):
            look(node, index, lambda v: filter(None, [_scale_problem(v)]))
        if _WEIGHTED.fullmatch(node.op_type):
            look(node, 1, _weight_problems)
        if node.op_type == "BatchNormalization":
            look(node, 4, _variance_problems)
    return findings


def _variance_problems(values: Array) -> Iterator[str]:
    negative = int((values < 0).sum())
    if negative:
        yield f"{_count(negative, values.size)} negative, which no variance is"

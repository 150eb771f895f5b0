"""Evaluation of nodes whose inputs are all known while importing, with a guard against size
bombs.
"""

import math

import numpy as np

from .model import Array, Node
from .onnx_api import evaluate, guarded

MAX_ELEMENTS = 1 << 26
"""No constant made by evaluating the graph may have more elements than this (256 MB of float32)."""

_NEVER = frozenset(
    {
        # results differ from run to run
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
        "Multinomial",
        "Bernoulli",
        # hold graphs of their own
        "If",
        "Loop",
        "Scan",
        "SequenceMap",
        # would turn quantized weights into floats
        "DequantizeLinear",
    }
)

_BROADCASTING = frozenset(
    [
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Pow",
        "Mod",
        "Max",
        "Min",
        "Sum",
        "Mean",
        "Where",
        "Equal",
        "Less",
        "LessOrEqual",
        "Greater",
        "GreaterOrEqual",
        "And",
        "Or",
        "Xor",
        "BitShift",
        "BitwiseAnd",
        "BitwiseOr",
        "BitwiseXor",
        "PRelu",
    ]
)


def can_evaluate(node: Node) -> bool:
    """Whether this node has a value at import time once all its inputs have."""
    return (
        node.op_type not in _NEVER
        and node.domain in ("", "ai.onnx")
        and all(value is not None for value in node.attributes.values())
    )


def check_size(node: Node, dims: tuple[int, ...]) -> None:
    """Raises NnoptError when a tensor of these dimensions is too large to be meant."""
    if any(d < 0 for d in dims) or math.prod(dims) > MAX_ELEMENTS:
        raise node.error(
            f"it makes a constant of dimensions {list(dims)}, more than {MAX_ELEMENTS} elements",
            "such a network does not fit a microcontroller; is the file corrupt?",
        )


def _predicted_size(node: Node, inputs: list[Array | None]) -> tuple[int, ...]:
    """The dimensions of the result for the operators whose result can be far larger than their
    inputs.
    """
    first = inputs[0] if inputs else None
    second = inputs[1] if len(inputs) > 1 else None
    if first is None:
        return ()
    if node.op_type in _BROADCASTING:
        return np.broadcast_shapes(*(array.shape for array in inputs if array is not None))
    if node.op_type == "ConstantOfShape":
        return tuple(int(d) for d in first.reshape(-1))
    if second is None:
        return ()
    if node.op_type == "Expand":
        return (*tuple(max(int(d), 1) for d in second.reshape(-1)), max(first.size, 1))
    if node.op_type in ("MatMul", "Gather") and first.ndim and second.ndim:
        axis = -1 if node.op_type == "MatMul" else node.axis("axis", 0, first.ndim)
        return (first.size // max(first.shape[axis], 1), second.size)
    if node.op_type == "Tile":
        return (max(first.size, 1), *(int(d) for d in second.reshape(-1)))
    if node.op_type == "Range" and len(inputs) > 2 and inputs[2] is not None:
        start, limit, delta = (float(a.reshape(-1)[0]) for a in inputs if a is not None)
        return (max(0, math.ceil((limit - start) / delta)) if delta else -1,)
    if node.op_type == "Pad":
        total = sum(abs(int(d)) for d in second.reshape(-1))
        return tuple(int(d) + total for d in first.shape)
    if node.op_type in ("OneHot", "Resize", "Upsample"):
        return (
            max(first.size, 1),
            max(1, *(abs(int(x)) for a in inputs[1:] if a is not None for x in a.reshape(-1))),
        )
    return ()


def evaluate_node(node: Node, inputs: list[Array | None]) -> list[Array]:
    """The values of a node's outputs. Raises NnoptError when ONNX's reference implementation
    fails on it or the result is too large.
    """
    try:
        check_size(node, _predicted_size(node, inputs))
    except ValueError as error:
        raise node.error(f"its constant inputs do not fit: {error}") from error
    results = guarded(
        f"node '{node.name}' ({node.kind}): its constant result cannot be computed",
        lambda: evaluate(
            node.op_type, node.domain, node.opset, dict(node.attributes), inputs, len(node.outputs)
        ),
    )
    for result in results:
        check_size(node, result.shape)
    return results

"""What TFLite's reference kernels compute for the inner tensors of a model.

They come with the package `ai-edge-litert`, which is no dependency of the compiler: without it
there is nothing to compare with.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dialects.errors import NnoptError
from ..lowering.tflite_frontend import read_model
from .layers import Layer

Array = NDArray[Any]

PACKAGE = "ai_edge_litert"


def reference_interpreter(model: bytes, kernels: str = "BUILTIN_REF") -> Any:
    """LiteRT's interpreter with the reference kernels (or those of another op resolver), every
    tensor kept; tensors are allocated.

    Raises NnoptError where it refuses the model.
    """
    runtime: Any = import_module(f"{PACKAGE}.interpreter")
    try:
        interpreter = runtime.Interpreter(
            model_content=model,
            experimental_op_resolver_type=getattr(runtime.OpResolverType, kernels),
            experimental_preserve_all_tensors=True,
            num_threads=1,
        )
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise NnoptError(f"TFLite refuses the model: {' '.join(str(error).split())}") from error
    return interpreter


def tflite_candidates(layers: Sequence[Layer]) -> list[list[str]]:
    """For each layer the tensors it may stand for: the outputs of its operators, in order.

    An operator is named after its first output.
    """
    return [list(reversed(layer.nodes)) for layer in layers]


def tflite_values(model: Path, samples: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Each tensor that an operator makes, for all samples: (N, *shape). Raises NnoptError.

    Says so on standard error, and returns nothing, where the reference is not installed.
    """
    if find_spec(PACKAGE) is None:
        print(
            "nnopt: not compared with TFLite, which needs `pip install ai-edge-litert`",
            file=sys.stderr,
        )
        return {}
    graph = read_model(model)
    interpreter = reference_interpreter(model.read_bytes())
    names = {graph.tensors[number].name: number for number in graph.inputs}
    made = {
        op.name: op.outputs[0]
        for op in graph.operators
        if op.outputs and graph.tensors[op.outputs[0]].dtype is not None
    }
    rows: list[dict[str, Array]] = []
    for sample in samples:
        for name, array in sample.items():
            interpreter.set_tensor(names[name], array)
        try:
            interpreter.invoke()
        except RuntimeError as error:
            raise NnoptError(f"TFLite cannot run the model: {error}") from error
        rows.append({name: np.array(interpreter.get_tensor(n)) for name, n in made.items()})
    return {name: np.stack([row[name] for row in rows]) for name in made}

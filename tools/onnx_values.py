"""What an ONNX runtime computes for the inner values of a model, and which of them a layer is.

A layer is one ONNX node and those after it that were folded into it: batch normalization,
activation, quantization. Its result is one of the values along that chain, in another layout maybe.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnx.helper
from numpy.typing import NDArray

from ..dialects.errors import NnoptError
from ..dialects.external import find_operator
from ..lowering.onnx_frontend import Graph
from ..lowering.onnx_frontend.prepare import read_file

Array = NDArray[Any]
_Run = Callable[[Mapping[str, Array]], list[Any]]
"""Inputs of one sample to the values asked for."""


def chain(graph: Graph, node: str, others: Collection[str]) -> list[str]:
    """Values that the layer of `node` may stand for, from its own output on.

    The chain follows a value to its only consumer and ends at a fork, at a node of `others` (those
    of other layers), or at the end of the graph. It is empty for an unknown node.
    """
    current = next((n for n in graph.nodes if n.name == node), None)
    values: list[str] = []
    while current is not None and current.outputs:
        value = current.outputs[0]
        values.append(value)
        consumers = [n for n in graph.nodes if value in n.inputs]
        alone = len(consumers) == 1 and consumers[0].name not in others
        current = consumers[0] if alone else None
    return values


def layouts(array: Array, shape: Sequence[int]) -> Iterator[Array]:
    """`array` (N, …) in each order of axes that gives `shape`, axes of size 1 left aside.

    The results have shape (N, *shape). An array whose sizes do not fit, but whose number of
    elements does, comes as it is.
    """
    samples = len(array)
    wanted = [size for size in shape if size != 1]
    kept = [1 + axis for axis, size in enumerate(array.shape[1:]) if size != 1]
    if sorted(wanted) != sorted(array.shape[axis] for axis in kept):
        if array[0].size == int(np.prod(shape, dtype=np.int64)):
            yield array.reshape(samples, *shape)
        return
    plain = array.reshape(samples, *(array.shape[axis] for axis in kept))
    for order in itertools.permutations(range(1, plain.ndim)):
        moved = plain.transpose(0, *order)
        if list(moved.shape[1:]) == wanted:
            yield moved.reshape(samples, *shape)


def sqnr(reference: Array, values: Array) -> float:
    """Signal to noise in dB: 10 log10(Σ reference² / Σ (reference − values)²); inf if equal."""
    wanted = reference.astype(np.float64)
    noise = float(np.square(wanted - values.astype(np.float64)).sum())
    signal = float(np.square(wanted).sum())
    if noise == 0:
        return float("inf")
    return 10 * float(np.log10(signal / noise)) if signal > 0 else -float("inf")


def _half_inputs(model: onnx.ModelProto) -> set[str]:
    """Inputs of float16, which are float32 in C."""
    kind = onnx.TensorProto.FLOAT16
    return {v.name for v in model.graph.input if v.type.tensor_type.elem_type == kind}


@dataclass(frozen=True)
class OnnxRunner:
    """Computes inner values of a model, one sample at a time, without any fusion."""

    model: onnx.ModelProto
    values: tuple[str, ...]
    """Names of the values to compute."""

    def run(
        self,
        samples: Sequence[Mapping[str, Array]],
        states: Mapping[str, tuple[str, Array]] | None = None,
    ) -> dict[str, Array]:
        """Return each value for all samples: (N, *shape). Raises NnoptError.

        `states` are inputs that are kept between samples: the output that each becomes, and its
        first value.
        """
        states = states or {}
        results = [result for result, _ in states.values()]
        wanted = list(dict.fromkeys([*self.values, *results]))
        run = self._onnxruntime(wanted) or self._reference(wanted)
        current = {name: first for name, (_, first) in states.items()}
        rows: list[list[Any]] = []
        halves = _half_inputs(self.model)
        for sample in samples:
            narrow = {n: a.astype(np.float16) if n in halves else a for n, a in sample.items()}
            row = run({**narrow, **current})
            rows.append(row)
            current = {n: np.asarray(row[wanted.index(r)]) for n, (r, _) in states.items()}
        return {
            name: np.stack([np.asarray(row[index]) for row in rows])
            for index, name in enumerate(self.values)
        }

    def _onnxruntime(self, wanted: list[str]) -> _Run | None:
        """A function sample → values by onnxruntime; None if it refuses the model."""
        import onnxruntime as ort

        runtime = cast("Any", ort)
        options = runtime.SessionOptions()
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        exposed = onnx.ModelProto()
        exposed.CopyFrom(self.model)
        del exposed.graph.output[:]
        exposed.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
        try:
            session = runtime.InferenceSession(
                exposed.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception:  # its exceptions have no common class of their own
            return None

        def run(sample: Mapping[str, Array]) -> list[Any]:
            return session.run(wanted, dict(sample))

        return run

    def _reference(self, wanted: list[str]) -> _Run:
        """The same by ONNX's reference implementation."""
        from onnx.reference import ReferenceEvaluator

        try:
            evaluator = cast("Any", ReferenceEvaluator)(self.model, new_ops=_external(self.model))
        except Exception as error:  # the evaluator raises whatever a node's setup raises
            raise NnoptError(
                f"neither onnxruntime nor onnx.reference can run the model: {error}"
            ) from error

        def run(sample: Mapping[str, Array]) -> list[Any]:
            return evaluator.run(wanted, dict(sample))

        return run


def _external(model: onnx.ModelProto) -> list[Any]:
    """Operators that other packages register, for ONNX's reference implementation."""
    from onnx.reference.op_run import OpRun

    opsets = {entry.domain: entry.version for entry in model.opset_import}
    found: dict[tuple[str, str], Any] = {}
    for node in model.graph.node:
        operator = find_operator(node.domain, node.op_type, opsets.get(node.domain, 1))
        if operator is None:
            continue

        def compute(
            self: Any, *arrays: Array, _reference: Any = operator.reference, **_: Any
        ) -> tuple[Any, ...]:
            given = {a.name: onnx.helper.get_attribute_value(a) for a in self.onnx_node.attribute}
            result: Any = _reference(*arrays, **given)
            return cast("tuple[Any, ...]", result) if isinstance(result, tuple) else (result,)

        members = {"op_domain": operator.domain, "_run": compute}
        found[operator.domain, operator.op_type] = type(operator.op_type, (OpRun,), members)
    return list(found.values())


def read_runner(path: Path, values: Collection[str]) -> OnnxRunner:
    """Load a model for computing those of the `values` that it has under that name.

    Raises NnoptError if the file cannot be read.
    """
    model = read_file(path)
    onnx.load_external_data_for_model(model, str(path.parent))
    made = {name for node in model.graph.node for name in node.output}
    return OnnxRunner(model, tuple(name for name in dict.fromkeys(values) if name in made))

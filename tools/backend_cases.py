"""The test cases that ship with the `onnx` package, as models with inputs and expected outputs.

Node cases are computed by the package when they are asked for; the others lie in its folder. A case
of several data sets is one case. Inputs that only define shapes are bound to the case's values, as
a model on a microcontroller has them: its tensors have static shapes.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnx.backend.test.loader as loader
import onnx.numpy_helper
from numpy.typing import NDArray

KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator", "light")
"""The kinds of cases whose models come with the package."""

MCU_TYPES = frozenset(
    onnx.TensorProto.DataType.Value(name)
    for name in ("FLOAT", "INT8", "INT16", "INT32", "INT64", "UINT8", "BOOL")
)
"""Element types of the subset that microcontrollers are judged by."""

SHAPE_INPUTS: dict[str, tuple[int, ...]] = {
    "AffineGrid": (1,),
    "BlackmanWindow": (0,),
    "CenterCropPad": (1,),
    "Col2Im": (1, 2),
    "Compress": (1,),
    "ConstantOfShape": (0,),
    "CumProd": (1,),
    "CumSum": (1,),
    "DFT": (1, 2),
    "Dropout": (1, 2),
    "Expand": (1,),
    "HammingWindow": (0,),
    "HannWindow": (0,),
    "Loop": (0, 1),
    "MaxUnpool": (2,),
    "MelWeightMatrix": (0, 1, 2, 3, 4),
    "NonMaxSuppression": (2, 3, 4),
    "OneHot": (1,),
    "Pad": (1, 3),
    "Range": (0, 1, 2),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "STFT": (1, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "Tile": (1,),
    "TopK": (1,),
    "Trilu": (1,),
    "Unsqueeze": (1,),
    "Upsample": (1,),
    **{
        f"Reduce{kind}": (1,)
        for kind in (
            "L1",
            "L2",
            "LogSum",
            "LogSumExp",
            "Max",
            "Mean",
            "Min",
            "Prod",
            "Sum",
            "SumSquare",
        )
    },
}
"""Inputs, by position, that say how large a result is or along which axes an operator works."""

NOISE = {"test_dft_inverse": 1e-6, "test_dft_inverse_opset19": 1e-6}
"""Absolute tolerances of cases whose expected values are off by more than the case's own: the
package computes these transforms in float32, and expects 1.9e-7 where the exact result is 0."""

Array = NDArray[Any]
DataSet = tuple[dict[str, Array], dict[str, Array]]


@dataclass(frozen=True)
class Case:
    """One test case: a model and data sets of named inputs and expected outputs."""

    name: str
    kind: str
    op: str
    """The operator of a single-node case, else "(network)"."""
    mcu: bool
    """Whether it belongs to the subset for microcontrollers."""
    model: bytes
    data: tuple[DataSet, ...]
    rtol: float
    atol: float
    unusable: str = ""
    """Why no array can be made of the data: sequences, strings, optionals."""


def is_mcu(name: str, model: onnx.ModelProto) -> bool:
    """One node, no expanded function, and only element types of `MCU_TYPES`."""
    values = (*model.graph.input, *model.graph.output)
    return (
        len(model.graph.node) == 1
        and "_expanded" not in name
        and all(
            v.type.WhichOneof("value") == "tensor_type"
            and v.type.tensor_type.elem_type in MCU_TYPES
            for v in values
        )
    )


def bound_inputs(model: onnx.ModelProto) -> list[str]:
    """Names of the graph inputs that only define shapes."""
    given = {v.name for v in model.graph.input}
    found: list[str] = []
    for node in model.graph.node:
        for index in SHAPE_INPUTS.get(node.op_type, ()):
            if index < len(node.input) and node.input[index] in given:
                found.append(node.input[index])
    return list(dict.fromkeys(found))


def bind(model: onnx.ModelProto, values: Mapping[str, Array]) -> onnx.ModelProto:
    """The model with some of its inputs as initializers."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    kept = [v for v in result.graph.input if v.name not in values]
    del result.graph.input[:]
    result.graph.input.extend(kept)
    result.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in values.items()
    )
    return result


def _arrays(names: Sequence[str], values: Sequence[object]) -> dict[str, Array] | None:
    arrays: dict[str, Array] = {}
    for name, value in zip(names, values, strict=False):
        if isinstance(value, onnx.TensorProto):
            value = onnx.numpy_helper.to_array(value)
        if not isinstance(value, np.ndarray | np.generic | float | int):
            return None
        array = np.asarray(value)
        if array.dtype.kind not in "fiub" or array.dtype.names:
            return None
        arrays[name] = array
    return arrays


def make_case(
    name: str,
    kind: str,
    model: onnx.ModelProto,
    data: Sequence[tuple[Sequence[object], Sequence[object]]],
    tolerances: tuple[float, float],
) -> Case:
    """A case with its shape-defining inputs bound to those of the first data set."""
    op = model.graph.node[0].op_type if len(model.graph.node) == 1 else "(network)"
    initializers = {t.name for t in model.graph.initializer}
    inputs = [v.name for v in model.graph.input if v.name not in initializers]
    outputs = [v.name for v in model.graph.output]
    sets: list[DataSet] = []
    unusable = ""
    for given, expected in data:
        pair = _arrays(inputs, given), _arrays(outputs, expected)
        if pair[0] is None or pair[1] is None:
            unusable = "its data are no plain tensors"
            break
        sets.append((pair[0], pair[1]))
    mcu = kind == "node" and is_mcu(name, model)
    if sets and not unusable:
        first = sets[0][0]
        names = [n for n in bound_inputs(model) if n in first]
        model = bind(model, {n: first[n] for n in names})
        sets = [({k: v for k, v in s[0].items() if k not in names}, s[1]) for s in sets]
    return Case(
        name, kind, op, mcu, model.SerializeToString(), tuple(sets), *tolerances, unusable=unusable
    )


def _load(path: Path) -> onnx.ModelProto:
    model = onnx.ModelProto()
    model.ParseFromString(path.read_bytes())
    return model


def _stored_data(folder: Path) -> list[tuple[list[object], list[object]]]:
    sets: list[tuple[list[object], list[object]]] = []
    for item in sorted(folder.glob("test_data_set_*")):
        values: list[list[object]] = []
        for what in ("input", "output"):
            files = sorted(item.glob(f"{what}_*.pb"), key=lambda p: int(p.stem.split("_")[-1]))
            values.append([_stored_tensor(file) for file in files])
        sets.append((values[0], values[1]))
    return sets


def _stored_tensor(file: Path) -> object:
    tensor = onnx.TensorProto()
    try:
        tensor.ParseFromString(file.read_bytes())
        return onnx.numpy_helper.to_array(tensor)
    except Exception:  # a sequence or an optional: protobuf says so in several ways
        return None


def node_cases() -> list[Case]:
    """The cases of single operators (and their expansions), which the package computes."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        raw = cast("list[Any]", loader.load_model_tests(kind="node"))
    return [
        make_case(
            c.name,
            "node",
            c.model,
            c.data_sets,
            (float(c.rtol), max(float(c.atol), NOISE.get(c.name, 0.0))),
        )
        for c in raw
    ]


def _light_cases() -> list[Case]:
    folder = Path(loader.DATA_DIR) / "light"
    cases: list[Case] = []
    for path in sorted(folder.glob("*.onnx")):
        model = _load(path)
        expected = onnx.TensorProto()
        expected.ParseFromString((folder / f"{path.stem}_output_0.pb").read_bytes())
        weights = {t.name for t in model.graph.initializer}
        info = next(v for v in model.graph.input if v.name not in weights)
        shape = [d.dim_value for d in info.type.tensor_type.shape.dim]
        count = int(np.prod(shape))
        # the input that the package's own runner gives these models
        values = (np.arange(count).reshape(shape) / count).astype(np.float32)
        data = [([values], [onnx.numpy_helper.to_array(expected)])]
        cases.append(make_case(path.stem, "light", model, data, (1e-3, 1e-7)))
    return cases


def load_cases(kinds: Sequence[str] = KINDS) -> list[Case]:
    """All cases of these kinds, in the order of kinds and names."""
    cases: list[Case] = []
    for kind in kinds:
        if kind == "node":
            cases += sorted(node_cases(), key=lambda case: case.name)
        elif kind == "light":
            cases += _light_cases()
        else:
            for case in sorted(loader.load_model_tests(kind=kind), key=lambda c: c.name):
                folder = Path(case.model_dir or "")
                model = _load(folder / "model.onnx")
                tolerances = (float(case.rtol), float(case.atol))
                cases.append(make_case(case.name, kind, model, _stored_data(folder), tolerances))
    return cases

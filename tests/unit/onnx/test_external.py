"""Operators that other packages register: what is refused, and what every level does with them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx.parser import parse_function, parse_model
from xdsl.utils.exceptions import VerifyException

from nnopt import CKernel, OperatorCall, TensorSpec, register_operator
from nnopt.dialects import nn
from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import run_package

DOMAIN = "test.external"

SOURCE = """
#include <stdint.h>

static void test_blend(const float *a, const int8_t *b, float *sum, int8_t *sign, void *scratch,
                       int32_t count, float weight)
{
    float *const copy = scratch;
    for (int32_t i = 0; i < count; i++) {
        copy[i] = a[i] + weight * (float)b[i];
    }
    for (int32_t i = 0; i < count; i++) {
        sum[i] = copy[i];
        sign[i] = (int8_t)(copy[i] < 0.0f ? -1 : 1);
    }
}
"""


def blend(a: NDArray[Any], b: NDArray[Any], weight: float = 1.0) -> tuple[NDArray[Any], ...]:
    total = a + np.float32(weight) * b.astype(np.float32)
    return total, np.where(total < 0, -1, 1).astype(np.int8)


def same_shape(call: OperatorCall) -> list[TensorSpec]:
    return [TensorSpec(call.inputs[0].shape)]


def shortened(x: NDArray[Any]) -> NDArray[Any]:
    return x[..., :-1]


def negated(node: onnx.NodeProto) -> onnx.FunctionProto:
    """-x, as often as the node's attribute says."""
    steps = "".join(f"v{i + 1} = Neg (v{i}) " for i in range(node.attribute[0].i))
    text = f'<domain: "{DOMAIN}", opset_import: ["" : 17]> Negated <times>(v0) => (y) '
    return parse_function(f"{text}{{ {steps} y = Identity (v{node.attribute[0].i}) }}")


@pytest.fixture(scope="module", autouse=True)
def operators(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Register the operators of these tests, once per process."""
    source = tmp_path_factory.mktemp("kernel") / "test_blend.h"
    source.write_text(SOURCE)
    register_operator(
        "Blend",
        domain=DOMAIN,
        shapes=lambda call: [call.inputs[0], TensorSpec(call.inputs[0].shape, np.dtype(np.int8))],
        reference=blend,
        kernel=CKernel(
            source,
            "test_blend",
            lambda call: [call.inputs[0].size, float(call.attributes.get("weight", 1.0))],  # pyright: ignore[reportArgumentType]
            lambda call: 4 * call.inputs[0].size,
        ),
    )
    register_operator("Negated", domain=DOMAIN, reference=np.negative, decomposition=negated)
    missing = CKernel(source.with_name("missing.h"), "f")
    register_operator("NoFile", domain=DOMAIN, shapes=same_shape, reference=np.abs, kernel=missing)
    register_operator(
        "Liar",
        domain=DOMAIN,
        shapes=same_shape,
        reference=shortened,
        kernel=CKernel(source, "test_blend"),
    )


def model(body: str, inputs: str = "float[1,6] x", outputs: str = "float[1,6] y") -> Any:
    return parse_model(
        f'<ir_version: 8, opset_import: ["" : 17, "{DOMAIN}" : 1]> g ({inputs}) => ({outputs}) '
        f"{{ {body} }}"
    )


TWO = model(
    f"s, t = {DOMAIN}.Blend <weight = 0.5> (a, b) y = Relu (s) z = Neg (t)",
    "float[1,6] a, int8[1,6] b",
    "float[1,6] y, int8[1,6] z",
)


def two_inputs() -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(1)
    return {
        "a": rng.normal(0, 3, (2, 1, 6)).astype(np.float32),
        "b": rng.integers(-9, 9, (2, 1, 6)).astype(np.int8),
    }


@pytest.mark.parametrize("board", ["host", "microbit"])
def test_two_outputs_integers_scratch(tmp_path: Path, board: str) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(TWO.SerializeToString())
    inputs = two_inputs()
    module = import_model(TWO)
    unit = compile_model(path, tmp_path / "out", Options(place="first-fit", target="cortex-m0plus"))
    assert unit.arena_bytes >= 24 + 6 + 24 and unit.scratch_bytes > 0
    run = run_package(tmp_path / "out", inputs, board, sanitize=board == "host")
    for sample in range(2):
        wanted = run_function(module, {name: array[sample] for name, array in inputs.items()})
        total, sign = blend(inputs["a"][sample], inputs["b"][sample], 0.5)
        assert np.array_equal(wanted["y"], np.maximum(total, 0))
        assert np.array_equal(run.outputs["y"][sample], wanted["y"])
        assert np.array_equal(run.outputs["z"][sample], wanted["z"])
        assert np.array_equal(wanted["z"], -sign)


def test_a_decomposition_that_depends_on_the_node() -> None:
    body = f"a = {DOMAIN}.Negated <times = 3> (x) y = {DOMAIN}.Negated <times = 2> (a)"
    module = import_model(model(body))
    assert sum(isinstance(op, nn.NegateOp) for op in module.walk()) == 5
    x = np.arange(6, dtype=np.float32).reshape(1, 6)
    assert np.array_equal(run_function(module, {"x": x})["y"], -x)


def test_a_reference_that_lies_about_its_shape() -> None:
    module = import_model(model(f"y = {DOMAIN}.Liar (x)"))
    with pytest.raises(Exception, match=r"gives shapes \[\(1, 5\)\], its shape rule \[\(1, 6\)\]"):
        run_function(module, {"x": np.zeros((1, 6), np.float32)})


def test_a_kernel_without_a_file(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(model(f"y = {DOMAIN}.NoFile (x)").SerializeToString())
    with pytest.raises(NnoptError, match=r"cannot read the kernel .*missing\.h"):
        compile_model(path, tmp_path / "out", Options(place="first-fit"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f"y = {DOMAIN}.Nobody (x)", r"test\.external\.Nobody"),
        (f"y, z = {DOMAIN}.NoFile (x)", "it has 2 outputs, its shape rule 1"),
        (f"y = {DOMAIN}.Blend (x)", "the shape rule|it has 1 outputs"),
    ],
)
def test_models_that_do_not_fit(body: str, message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        import_model(model(body))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "either a kernel or a decomposition"),
        ({"kernel": CKernel(Path("x.h"), "f")}, "a kernel needs a shape rule"),
        ({"kernel": CKernel(Path("x.h"), "f g"), "shapes": same_shape}, "no name of a C function"),
        ({"decomposition": negated, "domain": ""}, "need a domain of their own"),
        ({"decomposition": negated, "op_type": "Negated"}, "since 1 is registered already"),
    ],
)
def test_wrong_registrations(changes: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"op_type": "New", "domain": DOMAIN, "reference": np.abs, **changes}
    with pytest.raises(ValueError, match=message):
        register_operator(given.pop("op_type"), **given)


def test_verifier() -> None:
    module = import_model(model(f"y = {DOMAIN}.NoFile (x)"))
    (op,) = [op for op in module.walk() if isinstance(op, nn.ExternalOp)]
    op.properties["op_type"] = nn.external_attributes({"t": "Nobody"}).data["t"]
    with pytest.raises(VerifyException, match=r"\(C1\) no kernel is registered"):
        op.verify()
    op.properties["op_type"] = nn.external_attributes({"t": "Blend"}).data["t"]
    with pytest.raises(VerifyException, match=r"\(C3\) expected results float32"):
        op.verify()

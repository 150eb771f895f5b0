"""Optimizer steps and batch normalization with its own statistics, against plain numpy."""

import numpy as np
import pytest
from onnx import helper
from onnx_reference import make_model

from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import run_function
from nnopt.lowering.onnx_frontend import import_model

DOMAIN = "ai.onnx.preview.training"
RNG = np.random.default_rng(3)
R = np.array(0.1, np.float32)
X, G, V = (RNG.normal(size=4).astype(np.float32) for _ in range(3))


def run(op: str, steps: int, accumulators: int, **attributes: object) -> dict[str, np.ndarray]:
    inputs = {"r": R, "t": np.array(steps, np.int64), "x": X, "g": G}
    inputs |= {f"a{i}": V * V for i in range(accumulators)}
    names = ["new", *(f"new{i}" for i in range(accumulators))]
    node = helper.make_node(op, list(inputs), names, domain=DOMAIN, **attributes)  # pyright: ignore[reportArgumentType]
    model = make_model([node], inputs, outputs=names)
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    return run_function(import_model(model), inputs)


@pytest.mark.parametrize(("steps", "share"), [(0, 1.0), (3, 0.5)])
@pytest.mark.parametrize("mode", ["standard", "nesterov"])
def test_momentum(steps: int, share: float, mode: str) -> None:
    got = run("Momentum", steps, 1, alpha=0.9, beta=0.5, norm_coefficient=0.01, mode=mode)
    gradient = 0.01 * X + G
    velocity = 0.9 * V * V + share * gradient
    direction = gradient + 0.9 * velocity if mode == "nesterov" else velocity
    np.testing.assert_allclose(got["new0"], velocity, 1e-5)
    np.testing.assert_allclose(got["new"], X - 0.1 * direction, 1e-5)


def test_adam_before_the_first_step_takes_the_rate_as_it_is() -> None:
    got = run("Adam", 0, 2, alpha=0.9, beta=0.99)
    average, squares = 0.9 * V * V + 0.1 * G, 0.99 * V * V + 0.01 * G * G
    wanted = X - 0.1 * average / (np.sqrt(squares) + 1e-6)
    np.testing.assert_allclose(got["new"], wanted, 1e-4)


def test_inputs_that_do_not_pair_up_are_refused() -> None:
    node = helper.make_node("Adagrad", ["r", "t", "x"], ["n"], name="a", domain=DOMAIN)
    model = make_model([node], {"r": R, "t": np.array(1, np.int64), "x": X}, outputs=["n"])
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    with pytest.raises(NnoptError, match="it has 3 inputs, 2 and 3 for each tensor needed"):
        import_model(model)

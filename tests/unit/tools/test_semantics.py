"""`--verify-each-semantics` lets honest passes pass and names those that change a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.passes import ModulePass, PassPipeline
from xdsl.utils.exceptions import PassFailedException

from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.tools import nnopt_opt
from nnopt.tools.semantics import SemanticsCheck, difference, ports
from nnopt.tools.universe import dialect_factories

REAL = """
func.func @main(%x : tensor<2x3xf32> {nn.name = "x"}) -> (tensor<2x3xf32> {nn.name = "y"}) {
  %y = "nn.relu"(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return %y : tensor<2x3xf32>
}
"""


def parse(text: str) -> ModuleOp:
    context = Context()
    for name, factory in dialect_factories().items():
        context.register_dialect(name, factory)
    from xdsl.dialects.builtin import Builtin
    from xdsl.dialects.func import Func

    context.load_dialect(Builtin)
    context.load_dialect(Func)
    return Parser(context, text).parse_module()


@dataclass(frozen=True)
class Edit(ModulePass):
    """A pass that applies a function to the module's text."""

    name = "edit"
    edit: Callable[[ModuleOp], None]

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.edit(op)


def forget_relu(module: ModuleOp) -> None:
    relu = next(op for op in module.walk() if op.name == "nn.relu")
    relu.results[0].replace_all_uses_with(relu.operands[0])


def run(edit: Callable[[ModuleOp], None], option: str = "random") -> None:
    check = SemanticsCheck.from_option(option, tolerance=1e-6)
    PassPipeline((Edit(edit),), check).apply(Context(), parse(REAL))


def test_a_pass_that_changes_nothing():
    run(lambda module: None)


def test_a_pass_that_changes_a_result_is_named():
    with pytest.raises(PassFailedException, match="edit changed output 'y'"):
        run(forget_relu)


def test_inputs_from_a_file(tmp_path: Path):
    path = tmp_path / "inputs.npz"
    np.savez(path, in_x=np.ones((4, 2, 3), np.float32))
    run(forget_relu, str(path))  # relu changes nothing where nothing is negative
    np.savez(path, x=-np.ones((4, 2, 3), np.float32))
    with pytest.raises(PassFailedException, match="largest difference 1"):
        run(forget_relu, str(path))


def test_wrong_files(tmp_path: Path):
    path = tmp_path / "inputs.npz"
    with pytest.raises(NnoptError, match="cannot read inputs"):
        run(forget_relu, str(path))
    np.savez(path, other=np.ones((1, 2, 3), np.float32))
    with pytest.raises(NnoptError, match="no input 'x' in the file, it has other"):
        run(forget_relu, str(path))
    np.savez(path, x=np.ones((1, 5), np.float32))
    with pytest.raises(NnoptError, match="has shape"):
        run(forget_relu, str(path))


def test_the_option_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "x.mlir"
    path.write_text(REAL)
    assert nnopt_opt.run([str(path), "-p", "canonicalize", "--verify-each-semantics=random"]) == 0
    assert nnopt_opt.run([str(path), "-p", "dce", "--verify-each-semantics=none.npz"]) == 1
    assert "cannot read inputs from none.npz" in capsys.readouterr().err


def test_layout_and_encoding_of_ports():
    module = parse("""
func.func @main(%x : tensor<1x2x3x4xi8> {nn.name = "x", nn.perm = array<i64: 0, 2, 3, 1>,
    nn.encoding = !fxp.affine<i8, 0.5:10>}) -> tensor<1x2x3x4xi8> {
  func.return %x : tensor<1x2x3x4xi8>
}""")
    (port,), _ = ports(module)
    assert port.model_shape() == (1, 4, 2, 3)
    real = np.arange(24, dtype=np.float32).reshape(1, 4, 2, 3) - 12
    stored = port.store(real)
    assert stored.dtype == np.int8 and stored.shape == (1, 2, 3, 4)
    assert stored[0, 1, 2, 3] == real[0, 3, 1, 2] / 0.5 + 10
    np.testing.assert_array_equal(port.load(stored), real)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (np.array([1, 2]), np.array([1, 2]), None),
        (np.array([1, 2]), np.array([1, 3]), "1 of 2 integers differ"),
        (np.array([1.0, 2]), np.array([1.0, 2 + 1e-7]), None),
        (np.array([1.0, 2]), np.array([1.0, 2.1]), "largest difference 0.1"),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), None),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), "not-a-number"),
        (np.array([np.inf, 1.0]), np.array([-np.inf, 1.0]), "infinity"),
        (np.zeros(3), np.full(3, 1e-9), "largest difference"),
        (np.zeros(3), np.zeros(4), "shape"),
    ],
)
def test_difference(old: np.ndarray, new: np.ndarray, found: str | None):
    problem = difference(old, new, 1e-6)
    assert (problem is None) == (found is None) and (found or "") in (problem or "")


PLACED = """
func.func @main(
    %x : memref<2xf32> {nn.name = "x", vpool.role = "input", vpool.tensor = tensor<2x1xf32>},
    %y : memref<2xf32> {nn.name = "y", vpool.role = "output", vpool.tensor = tensor<2x1xf32>},
    %arena : memref<8xi8> {vpool.role = "arena"}) {
  %a = vpool.view %arena[0] : memref<8xi8> to memref<2xf32>
  vpool.launch "copy" ins(%x : memref<2xf32>) outs(%a : memref<2xf32>) {
  ^bb0(%t : tensor<2x1xf32>):
    vpool.yield %t : tensor<2x1xf32>
  }
  vpool.launch "relu" ins(%a : memref<2xf32>) outs(%y : memref<2xf32>) {
  ^bb0(%t : tensor<2x1xf32>):
    %r = nn.relu %t : tensor<2x1xf32> -> tensor<2x1xf32>
    vpool.yield %r : tensor<2x1xf32>
  }
  func.return
}
"""


def test_a_placed_function_runs_on_memory():
    outputs = run_placed(parse(PLACED), {"x": np.array([[-1.0], [2.0]], np.float32)})
    np.testing.assert_array_equal(outputs["y"], [[0.0], [2.0]])


def test_reading_memory_before_it_is_written_shows():
    early = PLACED.replace('"copy" ins(%x', '"copy" ins(%y')  # the output holds nothing yet
    outputs = run_placed(parse(early), {"x": np.ones((2, 1), np.float32)})
    assert not np.array_equal(outputs["y"], [[1.0], [1.0]])


def test_ports_of_a_placed_function():
    inputs, outputs = ports(parse(PLACED))
    assert [port.name for port in inputs] == ["x"] and [port.name for port in outputs] == ["y"]
    assert inputs[0].model_shape() == (2, 1)

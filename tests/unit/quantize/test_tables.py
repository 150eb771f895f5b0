"""Element-wise functions of one 8-bit tensor are exact at the integer level, for all 256 inputs."""

from typing import Any

import numpy as np
from graph_cases import parse, run_passes
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from nnopt.dialects import fxp, nn
from nnopt.dialects.interpreters import run_function

UNARY = (
    "nn.relu %{0} : {1} -> {1}",
    "nn.sigmoid %{0} : {1} -> {1}",
    "nn.tanh %{0} : {1} -> {1}",
    "nn.exp %{0} : {1} -> {1}",
    "nn.hard_swish %{0} : {1} -> {1}",
    "nn.gelu %{0} : {1} -> {1}",
    "nn.leaky_relu %{0} {{alpha = 0.1 : f32}} : {1} -> {1}",
    "nn.clamp %{0} {{min = -1.0 : f32, max = 6.0 : f32}} : {1} -> {1}",
    "nn.add %{0}, %c : ({1}, tensor<f32>) -> {1}",
    "nn.mul %c, %{0} : (tensor<f32>, {1}) -> {1}",
    "nn.div %{0}, %c : ({1}, tensor<f32>) -> {1}",
)
SCALE = st.floats(2.0**-10, 0.5, width=32)
ENCODING = st.one_of(
    st.tuples(st.just("i8"), SCALE, st.integers(-128, 127)),
    st.tuples(st.just("ui8"), SCALE, st.integers(0, 255)),
)


def text_of(encoding: tuple[str, float, int]) -> str:
    storage, scale, zero_point = encoding
    return f"tensor<256x!fxp.affine<{storage}, {fxp.format_scale(scale)}:{zero_point}>>"


def chain(steps: list[str], first: str, last: str) -> str:
    """Return a function of the steps between a dequantizer and a quantizer."""
    real = "tensor<256xf32>"
    lines = [f"  %0 = fxp.dequantize %x : {first} -> {real}"]
    lines += [f"  %{i + 1} = {step.format(i, real)}" for i, step in enumerate(steps)]
    lines += [f"  %q = fxp.quantize %{len(steps)} : {real} -> {last}"]
    body = "\n".join(lines)
    return (
        f"func.func @main(%x: {first}) -> {last} {{\n"
        "  %c = nn.constant {value = dense<1.5> : tensor<f32>} : tensor<f32>\n"
        f"{body}\n  func.return %q : {last}\n}}"
    )


def all_results(module: ModuleOp, storage: str) -> NDArray[Any]:
    inputs = np.arange(256, dtype=np.uint8)
    if storage == "i8":
        inputs = (inputs.astype(np.int16) - 128).astype(np.int8)
    return run_function(module, {"arg0": inputs})["out0"]


@given(st.lists(st.sampled_from(UNARY), min_size=0, max_size=4), ENCODING, ENCODING)
@settings(max_examples=60, deadline=None)
def test_chains_become_exact_tables_or_rescales(
    steps: list[str], first: tuple[str, float, int], last: tuple[str, float, int]
) -> None:
    module = parse(chain(steps, text_of(first), text_of(last)))
    expected = all_results(module, first[0])
    run_passes(module, "lower-quantized", "verify-integer")
    np.testing.assert_array_equal(all_results(module, first[0]), expected)
    kinds = [op for op in module.walk() if isinstance(op, fxp.LookupOp | fxp.RequantizeOp)]
    assert len(kinds) <= 1
    assert not any(isinstance(op, nn.NnOp) for op in module.walk())


def test_swish_of_several_quantized_steps_is_one_table() -> None:
    first, middle = (
        "tensor<4x!fxp.affine<i8, 0.05:3>>",
        "tensor<4x!fxp.affine<i8, 0.00390625:-128>>",
    )
    module = parse(f"""
    func.func @main(%x: {first}) -> {first} {{
      %0 = fxp.dequantize %x : {first} -> tensor<4xf32>
      %1 = nn.sigmoid %0 : tensor<4xf32> -> tensor<4xf32>
      %2 = fxp.quantize %1 : tensor<4xf32> -> {middle}
      %3 = nn.mul %x, %2 : ({first}, {middle}) -> {first}
      func.return %3 : {first}
    }}""")
    run_passes(module, "lower-quantized")
    names = [op.name for op in module.walk() if op.name.startswith(("nn.", "fxp."))]
    assert names == ["fxp.lookup"]


def test_rescales_without_a_table_where_they_are_exact() -> None:
    first, last = "tensor<256x!fxp.affine<i8, 0.5:3>>", "tensor<256x!fxp.affine<i8, 0.75:-128>>"
    module = parse(chain([UNARY[0]], first, last))
    run_passes(module, "lower-quantized")
    (rescale,) = [op for op in module.walk() if isinstance(op, fxp.RequantizeOp)]
    assert rescale.input_zero_point.value.data == 3
    assert (rescale.min_value.value.data, rescale.max_value.value.data) == (-128, -45)

"""`nnopt bench --calibrate-model`: what schedules go by is near to what is measured."""

import shutil

import pytest

from nnopt.tools import bench
from nnopt.tools.predicted import Layer, layers_of, table
from nnopt.tools.zoo import read_cases


@pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="needs arm-none-eabi-gcc and qemu-system-arm",
)
@pytest.mark.parametrize("name", ["digits_resnet_int8", "digits_dscnn_to_int8"])
def test_declared_cycles_are_within_ten_percent(name: str):
    (case,) = (c for c in read_cases(bench.FOLDER / "models.toml") if c.name == name)
    layers = layers_of(case)
    assert {layer.algorithm for layer in layers} >= {"lanes"}
    far = [layer for layer in layers if abs(layer.ratio - 1) > 0.1 and layer.measured > 1000]
    assert not far
    measured = sum(layer.measured for layer in layers)
    assert sum(layer.declared for layer in layers) == pytest.approx(measured, rel=0.1)


def test_the_table_says_what_algorithms_are_off_by():
    layers = [
        Layer("net", "a|b", "lanes", 105.0, 100),
        Layer("net", "c", "lanes", 450.0, 300),
        Layer("net", "d", "planes", 95.0, 100),
    ]
    lines = table(layers).splitlines()
    assert "| net | a/b | lanes | 105 | 100 | +5.0% |" in lines
    assert "| lanes | 2 | 25% | 1.39 |" in lines
    assert "| planes | 1 | 100% | 0.95 |" in lines

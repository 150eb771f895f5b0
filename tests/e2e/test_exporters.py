"""Small networks as each exporter writes them, from the file to the outputs of the C."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools.compile import compile_model
from nnopt.tools.pipeline import Options
from nnopt.tools.run import load_npz, read_manifest, run_package
from nnopt.tools.run.compare import compare_with_io_npz

EXPORTERS = Path(__file__).resolve().parents[1] / "exporters"
MODELS = sorted(path.stem for path in EXPORTERS.glob("*.onnx"))
REFUSED = "skl2onnx_classifier_zipmap"


def test_every_exporter_is_there() -> None:
    exporters = {name.split("_")[0] for name in MODELS}
    assert exporters == {"torchscript", "dynamo", "tf2onnx", "skl2onnx", "ort"}


@pytest.mark.parametrize("name", [name for name in MODELS if name != REFUSED])
def test_an_export_computes_what_onnxruntime_computes(name: str, tmp_path: Path) -> None:
    samples = EXPORTERS / f"{name}_io.npz"
    compile_model(EXPORTERS / f"{name}.onnx", tmp_path / "out", Options(place="first-fit"))
    run = run_package(tmp_path / "out", load_npz(samples), "host")
    manifest = read_manifest(tmp_path / "out")
    comparisons = compare_with_io_npz(manifest, run.outputs, samples)
    assert len(comparisons) == len(manifest.outputs)
    for comparison in comparisons:
        assert comparison.max_abs_error <= comparison.step or comparison.max_rel_error < 1e-5


def test_dictionaries_are_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(NnoptError, match=r"'output_probability' is no tensor .*'zipmap': False"):
        compile_model(EXPORTERS / f"{REFUSED}.onnx", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []

"""`nnopt report`: the picture of the arena shows what the package does with it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from nnopt.tools.compile import compile_model
from nnopt.tools.memory_picture import Band, bytes_in_use, memory_svg, peak_of
from nnopt.tools.nnopt import main
from nnopt.tools.package import report
from nnopt.tools.pipeline import Options
from nnopt.tools.report import read_report

MODELS = Path(__file__).resolve().parents[3] / "examples" / "models"
SPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "net"
    options = Options(io_memory="pool", fuse="rows")
    compile_model(MODELS / "digits_resnet_int8.onnx", out, options)
    return out


def bands(package: Path) -> list[Band]:
    return [Band(**entry) for entry in read_report(package)["memory"]]


def test_bytes_in_use() -> None:
    shown = [Band("a", "tensor", 0, 10, 0, 1), Band("b", "tensor", 6, 10, 1, 2)]
    shown.append(Band("c", "scratch", 40, 2, 1, 1))
    assert [bytes_in_use(shown, layer) for layer in range(3)] == [10, 18, 10]
    assert peak_of(shown, 3) == (1, 18)


def test_bands_are_those_of_the_package(package: Path) -> None:
    text = read_report(package)
    manifest = json.loads((package / "manifest.json").read_text())
    shown = bands(package)
    assert max(band.end for band in shown) == manifest["arena_bytes"]
    for role in ("input", "output"):
        (tensor,) = manifest[f"{role}s"]
        (band,) = [b for b in shown if b.kind == role]
        assert band.name == tensor["name"] and band.offset == tensor["arena_offset"]
    for layer in text["layers"][:-1]:
        written = [b for b in shown if b.first == layer["index"] and b.kind == "tensor"]
        assert [(b.offset, b.bytes) for b in written] == [
            (layer["output"]["offset"], layer["output"]["bytes"])
        ]


def test_bands_meet_only_where_one_is_written(package: Path) -> None:
    shown = bands(package)
    for a in shown:
        for b in shown:
            together = a.first < b.first <= a.last and b.first != a.last
            if together and a.kind != "scratch":
                assert a.end <= b.offset or b.end <= a.offset, (a, b)


def test_picture(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(package)]) == 0
    printed = capsys.readouterr().out
    svg = (package / "memory.svg").read_text(encoding="utf-8")
    shown = bands(package)
    peak, most = peak_of(shown, len(read_report(package)["layers"]))
    assert f"peak of {most:,} bytes in layer {peak}" in printed
    root = ElementTree.fromstring(svg)
    rectangles = [r for r in root.iter(f"{SPACE}rect") if "band" in r.get("class", "")]
    assert len(rectangles) == len(shown)
    heights = [float(r.get("height", "0")) for r in rectangles]
    scale = max(heights) / max(band.bytes for band in shown)
    assert all(abs(h - scale * b.bytes) < 0.02 for h, b in zip(heights, shown, strict=True))
    assert f"peak {most:,} bytes" in svg and "prefers-color-scheme: dark" in svg
    assert svg == memory_svg(read_report(package), package.name)


def test_callers_buffers_are_not_drawn(tmp_path: Path) -> None:
    unit = compile_model(MODELS / "digits_resnet_int8.onnx", tmp_path / "net")
    kinds = {entry["kind"] for entry in report(unit)["memory"]}
    assert kinds == {"tensor", "scratch"}


def test_no_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 1
    assert "is not a compiled package" in capsys.readouterr().err
    (tmp_path / "report.json").write_text("{}")
    assert main(["report", str(tmp_path)]) == 1
    assert "compile the package again" in capsys.readouterr().err

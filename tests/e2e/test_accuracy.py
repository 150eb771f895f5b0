"""The committed table of accuracies: both files agree, and a shipped model still reaches it."""

from pathlib import Path

import pytest

from nnopt.tools.accuracy import table
from nnopt.tools.accuracy.datasets import read_dataset
from nnopt.tools.accuracy.measure import quantized_accuracy
from nnopt.tools.pipeline import Options

CASES = {case.name: case for case in table.read_cases(table.FOLDER / "accuracy.toml")}


def test_both_files_hold_the_same_numbers_of_listed_models() -> None:
    stored = table.read_stored()
    assert stored.keys() <= CASES.keys()
    assert (table.FOLDER / "accuracy.json").read_text() == table.to_json(stored)
    assert (table.FOLDER / "accuracy.md").read_text() == table.to_markdown(stored)


@pytest.mark.parametrize("scheme", ["int8", "q15"])
def test_a_shipped_model_reaches_what_the_table_says(scheme: str) -> None:
    case = CASES["digits_dscnn"]
    dataset, calibration = case.read()
    options = Options(quantize=scheme, calibrate="calibration.npz")
    got = quantized_accuracy(case.model, dataset.test, calibration, options)
    assert got == pytest.approx(table.read_stored()[case.name][scheme], abs=0.003)


def test_calibration_samples_are_random_but_the_same() -> None:
    case = CASES["digits_dscnn"]
    dataset = read_dataset(case.data, case.prepare)
    first, again = dataset.calibration(50), dataset.calibration(50)
    assert (first.samples == again.samples).all()
    assert len(first) == 50
    assert not (first.samples == dataset.test.samples[:50]).all()


def test_rows_grow_cell_by_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "accuracy.toml").write_text((table.FOLDER / "accuracy.toml").read_text())
    cases = table.read_cases(table.FOLDER / "accuracy.toml")

    def known(_: Path) -> list[table.Case]:
        return cases

    monkeypatch.setattr(table, "read_cases", known)
    monkeypatch.setattr(table, "FOLDER", tmp_path)
    command = ["digits_dscnn", "--update", "--columns", "float"]
    assert table.main(command) == 0
    assert set(table.read_stored()["digits_dscnn"]) == {"samples", "calibrated on test", "float"}
    assert "digits_dscnn 1/1 float: 98.52%" in capsys.readouterr().err
    assert table.main([*command[:-1], "float,onnxruntime float", "--missing"]) == 0
    assert "digits_dscnn 1/1 onnxruntime float: 98.52%" in capsys.readouterr().err
    row = table.read_stored()["digits_dscnn"]
    assert row["float"] == row["onnxruntime float"]
    assert table.main([*command[:-1], "speed"]) == 1
    assert "there is no column speed" in capsys.readouterr().err

"""The committed table of accuracies: both files agree, and a shipped model still reaches it."""

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

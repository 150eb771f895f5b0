"""The table of an experiment, in its three forms."""

import json

import pytest
from rich.console import Console

from nnopt.dialects.errors import NnoptError
from nnopt.tools.train.measure import Row, check_tools
from nnopt.tools.train.table import Results, to_markdown, to_table

ROWS = (
    Row("float", "-", 0.955, 9264, 51288, 1294301, "float.onnx", "float"),
    Row("q7", "after training", 0.93, 3320, 19688, 430028, "float.onnx", "q7_after"),
    Row("q7", "during training", 0.9604, 3320, 19688, None, "q7.onnx", "q7_during"),
)
RESULTS = Results("digits", "cnn", 1234, 80, 20, "microbit", 7, 5, 2, {"torch": "2.13"}, ROWS)


def test_markdown() -> None:
    text = to_markdown(RESULTS)
    assert text.startswith("# digits: cnn, 1,234 parameters, 20 test samples, microbit\n")
    assert "Trained for 5 epochs on 80 samples, fine-tuned for\n2, seed 7; torch 2.13." in text
    assert text.splitlines()[-3:] == [
        "| float | - | 95.50% |  | 9,264 | 51,288 | 1,294,301 |",
        "| q7 | after training | 93.00% | -2.50 | 3,320 | 19,688 | 430,028 |",
        "| q7 | during training | 96.04% | +0.54 | 3,320 | 19,688 | - |",
    ]


def test_json_has_everything() -> None:
    content = json.loads(RESULTS.to_json())
    assert [row["scheme"] for row in content["rows"]] == ["float", "q7", "q7"]
    assert content["rows"][2]["accuracy"] == 0.9604
    assert content["versions"] == {"torch": "2.13"}


def test_terminal() -> None:
    console = Console(width=110)
    with console.capture() as capture:
        console.print(to_table(RESULTS))
    text = capture.get()
    assert "digits: cnn, 1,234 parameters" in text
    assert "-2.50" in text and "1,294,301" in text


def test_a_missing_program_is_named_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check_tools("host")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NnoptError, match="the program gcc is not installed: apt install gcc"):
        check_tools("host")

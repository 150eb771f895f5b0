"""Lists of models in TOML."""

from pathlib import Path

import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools.zoo import read_cases


def written(folder: Path, text: str) -> Path:
    file = folder / "cases.toml"
    file.write_text(text)
    return file


def test_paths_are_relative_to_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNOPT_SHARED", str(tmp_path / "elsewhere"))
    file = written(
        tmp_path,
        '[a]\nmodel = "m/a.onnx"\nquantize = "int8"\ncalibrate = "c.npz"\n'
        '[b]\nmodel = "shared:models/b.onnx"\nio = "b.npz"\n',
    )
    a, b = read_cases(file)
    assert (a.name, a.shared, a.options) == ("a", False, {"quantize": "int8"})
    assert a.model == tmp_path / "m" / "a.onnx"
    assert a.io == tmp_path / "m" / "a_io.npz"
    assert a.calibrate == tmp_path / "c.npz"
    assert (b.shared, b.options, b.calibrate) == (True, {}, None)
    assert b.model == tmp_path / "elsewhere" / "models" / "b.onnx"
    assert b.io == tmp_path / "b.npz"


def test_the_first_missing_file_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, '[a]\nmodel = "a.onnx"\n')
    (case,) = read_cases(file)
    assert case.missing() == tmp_path / "a.onnx"
    case.model.touch()
    assert case.missing() == tmp_path / "a_io.npz"
    case.io.touch()
    assert case.missing() is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a\n", "is no valid TOML"),
        ("a = 1\n", "a is not a table"),
        ('[a]\nquantize = "int8"\n', "needs paths as strings, at least `model`"),
        ("[a]\nmodel = 3\n", "needs paths as strings"),
        ('[a]\nmodel = "m.onnx"\nlimits = [1]\n', "option limits of a must be"),
    ],
)
def test_what_is_wrong_with_a_list_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        read_cases(written(tmp_path, text))


def test_a_missing_list_is_an_error_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(NnoptError, match="cannot read"):
        read_cases(tmp_path / "none.toml")

"""`nnopt compile --flash-limit`: what comes out has been measured, and computes the same."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from layout import ROOT

from nnopt.dialects.errors import NnoptError
from nnopt.tools.compile import compile_model
from nnopt.tools.flash_limit import measured_flash, within_flash
from nnopt.tools.pipeline import Options
from nnopt.tools.run import load_npz, run_package

MODEL = ROOT / "examples" / "models" / "digits_cnn_int8.onnx"
BOARD = "mps2-an386"


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no arm-none-eabi-gcc")
def test_less_flash_gives_the_same_numbers(tmp_path: Path):
    compile_model(MODEL, tmp_path / "fast", Options())
    fast = measured_flash(tmp_path / "fast", BOARD)
    assert fast is not None
    limit = fast - 1500
    compile_model(MODEL, tmp_path / "small", Options(flash_limit=limit))
    small = measured_flash(tmp_path / "small", BOARD)
    assert small is not None and small <= limit
    samples = load_npz(MODEL.with_name("digits_cnn_int8_io.npz"))
    first, second = (
        run_package(tmp_path / name, samples, "host", limit=4, raw=True)
        for name in ("fast", "small")
    )
    for name, array in first.outputs.items():
        assert np.array_equal(array, second.outputs[name])
    with pytest.raises(NnoptError, match=r"about [\d,]+ bytes of flash are needed at least"):
        compile_model(MODEL, tmp_path / "none", Options(flash_limit=1000))
    assert not (tmp_path / "none").exists()


def test_estimates_that_are_too_low_are_corrected(monkeypatch: pytest.MonkeyPatch):
    """The largest estimate whose measure keeps the limit is looked for; what is refused is not."""
    asked: list[int] = []

    def make(flash: int) -> int:
        asked.append(flash)
        if flash < 600:
            raise NnoptError("nothing fits")
        return flash

    def used(files: dict[str, str], board: str) -> int:
        return int(files["size"]) + 300

    monkeypatch.setattr("nnopt.tools.flash_limit._used", used)
    made = within_flash(1000, make, lambda n: {"size": str(n)}, BOARD)
    assert made + 300 <= 1000 and asked[0] == 1000
    with pytest.raises(NnoptError, match=r"needs 950 bytes of flash, the limit is 850"):
        within_flash(850, lambda n: max(make(n), 650), lambda n: {"size": str(n)}, BOARD)

"""The documents' commands still print what the documents say."""

from pathlib import Path

import pytest

from nnopt.tools.transcripts import ROOT, check, documents


@pytest.mark.parametrize("file", documents(), ids=lambda file: str(file.relative_to(ROOT)))
def test_commands_print_what_is_written(file: Path) -> None:
    if text := check(file):
        pytest.fail(f"{text}\nIf this is meant, `make golden` stores it.", pytrace=False)

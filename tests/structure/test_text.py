"""What no committed file may hold: paths of one machine, hosts of package registries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from layout import committed_files, relative

FORBIDDEN = re.compile(
    rb"(?<![\w.])(?:/(?:root|work|Users|home)/\w|/tmp/venvs|/opt/pypi)"
    rb"|(?:pypi|pythonhosted|npmjs|debian|ubuntu|nodejs)\.(?:org|com|net)/(?:simple|packages|dist|debian)"
    rb"|files\.pythonhosted|registry\.npmjs|deb\.debian|--(?:extra-)?index-url|--find-links"
)


def found_in(data: bytes) -> list[str]:
    """Return the forbidden strings in `data`."""
    return sorted({match[0].decode() for match in FORBIDDEN.finditer(data)})


@pytest.mark.parametrize(
    "path", [path for path in committed_files() if path != Path(__file__)], ids=relative
)
def test_no_paths_or_hosts(path: Path):
    found = found_in(path.read_bytes())
    assert not found, f"{relative(path)} holds {', '.join(found)}"


def test_what_is_forbidden():
    assert found_in(b"see /home/someone/x and --index-url") == ["--index-url", "/home/s"]
    assert not found_in(b"https://onnx.ai/onnx, homework/x, ./work/x, ../shared")

"""What all tests share: the collector of FileCheck tests and the folder of shared material."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from filecheck_runner import SUFFIXES, run_file
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
FILECHECK = ROOT / "tests" / "filecheck"

# A busy machine is no failure; what else the profile says (in CI: no randomness) stays.
settings.register_profile("nnopt", settings(), deadline=None)
settings.load_profile("nnopt")


class FileCheckFailure(Exception):
    """A RUN line failed; the message is its output."""


class FileCheckItem(pytest.Item):
    """One FileCheck test file: all of its RUN lines."""

    def runtest(self) -> None:
        result, message = run_file(self.path)
        if result == "UNSUPPORTED":
            pytest.skip(message)
        if result not in ("PASS", "XFAIL"):
            raise FileCheckFailure(f"{result}: {message}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None):
        if isinstance(excinfo.value, FileCheckFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, str(self.path.relative_to(FILECHECK))


class FileCheckFile(pytest.File):
    """A file below tests/filecheck."""

    def collect(self) -> Iterable[pytest.Item]:
        yield FileCheckItem.from_parent(self, name="run")  # pyright: ignore[reportUnknownMemberType]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the FileCheck tests beside the Python ones."""
    if file_path.suffix not in SUFFIXES or FILECHECK not in file_path.parents:
        return None
    if "Inputs" in file_path.relative_to(FILECHECK).parts:
        return None
    return FileCheckFile.from_parent(  # pyright: ignore[reportUnknownMemberType]
        parent, path=file_path
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes, one runs all tests of a network, which `built` compiles once."""
    for item in items:
        if not isinstance(item, pytest.Function) or "built" not in item.fixturenames:
            continue
        if hasattr(item, "callspec"):
            network = item.callspec.params.get("name", item.callspec.params.get("case"))
            item.add_marker(pytest.mark.xdist_group(f"{item.path.name}-{network}"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of shared models and data (`NNOPT_SHARED`, default ../shared); skips without it."""
    folder = Path(os.environ.get("NNOPT_SHARED", ROOT.parent / "shared"))
    if not (folder / "models").is_dir():
        pytest.skip(f"no shared material at {folder}: set NNOPT_SHARED")
    return folder

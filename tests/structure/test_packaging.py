"""Every package is listed in pyproject.toml, reachable by a link, and contained in the wheel."""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from layout import FOLDERS, ROOT, committed_files, pyproject, relative, sources


def packages() -> dict[str, Path]:
    """Return the package folders of the checkout by import name."""
    folders = {path.parent for path in sources(*FOLDERS) if path.name == "__init__.py"}
    found = {".".join(("nnopt", *folder.relative_to(ROOT).parts)): folder for folder in folders}
    return found | {"nnopt": ROOT / "src" / "nnopt"}


def test_packages_are_listed():
    listed = pyproject()["tool"]["setuptools"]["packages"]
    assert sorted(packages()) == sorted(listed), "pyproject.toml [tool.setuptools] packages"
    assert len(set(listed)) == len(listed)


def test_every_folder_with_code_is_a_package():
    known = set(packages().values())
    stray = [relative(path) for path in sources(*FOLDERS) if path.parent not in known]
    assert not stray, f"in folders without __init__.py: {', '.join(stray)}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_links_for_type_checkers(folder: str):
    link = ROOT / "src" / "nnopt" / folder
    assert link.is_symlink() and link.readlink() == Path("../..") / folder
    assert link.resolve() == ROOT / folder
    mapping = pyproject()["tool"]["setuptools"]["package-dir"]
    assert mapping[f"nnopt.{folder}"] == folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the committed files, so that building leaves nothing in the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    links = (ROOT / "src" / "nnopt" / folder for folder in FOLDERS)
    for path in (*committed_files(), *links):
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build a wheel and return the names of the files in it."""
    out = tmp_path_factory.mktemp("wheel")
    _build(f"build_wheel({str(out)!r})", checkout)
    with zipfile.ZipFile(next(out.glob("*.whl"))) as archive:
        return set(archive.namelist())


def _build(call: str, folder: Path) -> None:
    code = f"import setuptools.build_meta as backend; backend.{call}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def data_patterns() -> list[str]:
    """Return the patterns of package data, relative to the folder `nnopt` of a wheel."""
    data: dict[str, list[str]] = pyproject()["tool"]["setuptools"]["package-data"]
    return [
        f"{package.replace('.', '/')}/{pattern}"
        for package, patterns in data.items()
        for pattern in patterns
    ]


def expected_in_wheel() -> set[str]:
    """Return the files of the package, as named in a wheel: all but texts for people."""
    return {
        f"nnopt/{relative(path)}"
        for path in sources(*FOLDERS, suffixes=())
        if path.suffix not in (".md", ".txt")
    } | {"nnopt/__init__.py", "nnopt/py.typed"}


def test_data_files_match_a_pattern():
    """A file that no pattern of package-data names would be missing after installation."""
    patterns = data_patterns()
    stray = [
        name
        for name in expected_in_wheel()
        if not name.endswith(".py")
        and not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
    ]
    assert not stray, f"not in [tool.setuptools.package-data]: {', '.join(sorted(stray))}"


def test_wheel_is_complete(wheel: set[str]):
    missing = sorted(expected_in_wheel() - wheel)
    assert not missing, f"not in the wheel: {', '.join(missing)}"


def test_wheel_holds_nothing_else(wheel: set[str]):
    extra = {name for name in wheel if ".dist-info/" not in name} - expected_in_wheel()
    assert not extra, f"should not be in the wheel: {', '.join(sorted(extra))}"
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


def test_source_distribution_builds_the_same_wheel(checkout: Path, tmp_path: Path, wheel: set[str]):
    _build(f"build_sdist({str(tmp_path)!r})", checkout)
    shutil.unpack_archive(next(tmp_path.glob("*.tar.gz")), tmp_path / "source")
    folder = next((tmp_path / "source").iterdir())
    _build(f"build_wheel({str(tmp_path)!r})", folder)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as archive:
        assert set(archive.namelist()) == wheel

"""Changes of the sources: planned as texts, checked, then written all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import jinja2

from ...dialects.errors import NnoptError

_PROJECT = re.compile(r'^name = "nnopt"$', re.MULTILINE)
LONGEST_LINE = 100


def rendered(template: str, **values: object) -> str:
    """A template of this package, filled in."""
    text = files(__package__ or "").joinpath("templates", template).read_text("utf-8")
    return jinja2.Template(
        text,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    ).render(values)


@dataclass
class Tree:
    """The sources in a folder, and what shall become of them."""

    root: Path
    planned: dict[str, str] = field(default_factory=dict[str, str])
    """New texts of files, by path."""

    def __post_init__(self) -> None:
        try:
            project = (self.root / "pyproject.toml").read_text("utf-8")
        except OSError:
            project = ""
        if _PROJECT.search(project) is None:
            raise NnoptError(
                f"{self.root.resolve()} does not hold the sources of nnopt: change to a checkout, "
                "or name it with --root"
            )

    def text(self, path: str) -> str:
        """The text of a file, as it will be. Raises NnoptError."""
        if path in self.planned:
            return self.planned[path]
        try:
            return (self.root / path).read_text("utf-8")
        except OSError as error:
            raise NnoptError(f"cannot read {self.root / path}: {error.strerror}") from None

    def create(self, path: str, text: str) -> None:
        """Plan a new file. Raises NnoptError where there is one."""
        if (self.root / path).exists():
            raise NnoptError(f"{self.root / path} is there already: choose another name")
        self.planned[path] = text

    def append(self, path: str, text: str) -> None:
        """Plan a text at the end of a file."""
        self.planned[path] = self.text(path).rstrip("\n") + "\n" + text

    def insert_in_list(self, path: str, begin: str, line: str, *, is_sorted: bool = False) -> None:
        """Plan a line in the list, dictionary or tuple whose first line begins with `begin`: at its
        end, or before the first line that is greater. Raises NnoptError where there is none.
        """
        lines = self.text(path).splitlines(keepends=True)
        first = next((i for i, text in enumerate(lines) if text.startswith(begin)), None)
        end = first and next((i for i in range(first, len(lines)) if lines[i][0] in "}])"), None)
        if not first or not end:
            raise NnoptError(f"{self.root / path}: no list that begins with '{begin}'")
        places = [i for i in range(first + 1, end) if lines[i].startswith("    ")]
        later = (i for i in places if lines[i].startswith('    "') and lines[i] > line)
        lines.insert(next(later, end) if is_sorted else end, line)
        self.planned[path] = "".join(lines)

    def insert_after_last(self, path: str, begin: str, line: str) -> None:
        """Plan a line behind the last one that begins with `begin`. Raises NnoptError."""
        lines = self.text(path).splitlines(keepends=True)
        places = [i for i, text in enumerate(lines) if text.startswith(begin)]
        if not places:
            raise NnoptError(f"{self.root / path}: no line that begins with '{begin}'")
        lines.insert(places[-1] + 1, line)
        self.planned[path] = "".join(lines)

    def write(self) -> list[str]:
        """Write what was planned; a line for each file. Raises NnoptError."""
        told: list[str] = []
        for path, text in self.planned.items():
            file = self.root / path
            told.append(f"{'changed' if file.exists() else 'new':<8} {path}")
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8", newline="\n")
            except OSError as error:
                raise NnoptError(f"cannot write {file}: {error.strerror}") from None
        return told


def camel_case(words: Iterable[str]) -> str:
    """Words as the name of a class."""
    return "".join(word.capitalize() for word in words)


def entry(key: str, items: Iterable[str]) -> str:
    """`key: (items),` as a line of a dictionary, or as the lines that the formatter makes of it."""
    items = list(items)
    line = f"    {key}: ({', '.join(items)}),\n"
    if len(line) <= LONGEST_LINE + 1:
        return line
    return f"    {key}: (\n" + "".join(f"        {item},\n" for item in items) + "    ),\n"

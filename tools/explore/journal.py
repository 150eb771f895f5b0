"""The points that were measured, one line each, kept as soon as they are: nothing is lost.

The first line says what the points are of. A line that a killed run did not finish is dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

from ...dialects.errors import NnoptError
from .knobs import Choices, key_of
from .measure import Outcome

NAME = "points.jsonl"


class Journal:
    """The file of an exploration's points; one run at a time."""

    def __init__(self, folder: Path, problem: Mapping[str, Any]) -> None:
        self.file = folder / NAME
        self.known: dict[str, Outcome] = {}
        heading = {"nnopt": version("nnopt"), **problem}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._stream = self.file.open("a+b")
        except OSError as error:
            raise NnoptError(f"cannot write {self.file}: {error.strerror}") from None
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._stream.close()
            raise NnoptError(f"{self.file}: another run writes there; choose another -o") from None
        try:
            self._read(heading)
        except NnoptError:
            self._stream.close()
            raise

    def _read(self, heading: Mapping[str, Any]) -> None:
        self._stream.seek(0)
        data = self._stream.read()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            self._stream.truncate(len(whole))
        lines = whole.splitlines()
        if not lines:
            self._append(heading)
            return
        for number, line in enumerate(lines, 1):
            try:
                entry: Any = json.loads(line)
                if number == 1:
                    self._check_heading(entry, heading)
                else:
                    self._keep(Outcome.of_json(entry))
            except (ValueError, KeyError, TypeError):
                raise NnoptError(
                    f"{self.file}: line {number} is no point of an exploration; remove the file "
                    "or choose another -o"
                ) from None

    def _check_heading(self, found: Mapping[str, Any], heading: Mapping[str, Any]) -> None:
        other = [key for key, value in heading.items() if found.get(key) != value]
        if other:
            raise NnoptError(
                f"{self.file} has points of something else ({', '.join(other)} differs): remove "
                "it or choose another -o"
            )

    def _keep(self, outcome: Outcome) -> None:
        self.known[key_of(outcome.choices)] = outcome

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(entry).encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def find(self, choices: Choices) -> Outcome | None:
        """What became of a point, if it was measured."""
        return self.known.get(key_of(choices))

    def add(self, outcome: Outcome) -> None:
        """Keep a point."""
        self._keep(outcome)
        if outcome.final:
            self._append(outcome.to_json())

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

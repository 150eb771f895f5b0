"""Lists of models to compile, as TOML: what golden files and benchmarks are made of.

    [digits_dscnn_to_int8]                       # a table per case, its name is free
    model = "../examples/models/digits_dscnn.onnx"
    quantize = "int8"                            # options of the compiler, as on the command line
    calibrate = "../examples/models/digits_calibration.npz"

`board` may say where a case is measured, if that is not a Cortex-M4; its target is another option.
Paths are relative to the TOML file; `shared:` in front means relative to the folder of shared
material, `$NNOPT_SHARED` or `../shared` beside the repository, which may be absent.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..dialects.errors import NnoptError
from .pipeline import Options

SHARED = "shared:"

BOARD = "mps2-an386"
"""Where cases are measured that name no `board`."""

_PATHS = ("model", "io", "calibrate")


@dataclass(frozen=True)
class Case:
    """One model with the options to compile it with."""

    name: str
    model: Path
    io: Path
    """Samples with reference outputs; `<model>_io.npz` unless the case says otherwise."""
    calibrate: Path | None
    options: dict[str, str | int | bool]
    """Everything else in the table: options of the compiler by name."""
    board: str
    """Where it is measured."""
    shared: bool
    """The model is of the shared material, not shipped."""

    def missing(self) -> Path | None:
        """Return a file that the case needs and that does not exist, if there is one."""
        needed = (self.model, self.io, *(() if self.calibrate is None else (self.calibrate,)))
        return next((path for path in needed if not path.is_file()), None)


def resolve(value: str, folder: Path) -> Path:
    """A path of a TOML file: relative to its folder, or `shared:` to that of shared material."""
    if value.startswith(SHARED):
        beside = Path(__file__).resolve().parents[2] / "shared"
        return Path(os.environ.get("NNOPT_SHARED", beside)) / value.removeprefix(SHARED)
    return (folder / value).resolve()


def _case(name: str, table: object, file: Path) -> Case:
    if not isinstance(table, dict):
        raise NnoptError(f"{file}: {name} is not a table; write [{name}] and the options below")
    options: dict[str, str | int | bool] = {}
    for key, value in table.items():  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(key, str) or not isinstance(value, str | int | bool):
            raise NnoptError(f"{file}: option {key} of {name} must be a string, number or boolean")
        options[key] = value
    texts = {key: options.pop(key) for key in _PATHS if key in options}
    board = str(options.pop("board", BOARD))
    if "model" not in texts or not all(isinstance(text, str) for text in texts.values()):
        raise NnoptError(f"{file}: {name} needs paths as strings, at least `model`")
    paths = {key: resolve(str(text), file.parent) for key, text in texts.items()}
    model = paths["model"]
    return Case(
        name=name,
        model=model,
        io=paths.get("io", model.with_name(f"{model.stem}_io.npz")),
        calibrate=paths.get("calibrate"),
        options=options,
        board=board,
        shared=str(texts["model"]).startswith(SHARED),
    )


def read_cases(file: Path) -> list[Case]:
    """Read a list of models; raises NnoptError if it is missing or malformed."""
    try:
        content = tomllib.loads(file.read_text())
    except OSError as error:
        raise NnoptError(f"cannot read {file}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise NnoptError(f"{file} is no valid TOML: {error}") from error
    return [_case(name, table, file) for name, table in content.items()]


def select(cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """The cases of these names, all if there are none; raises NnoptError for an unknown name."""
    known = {case.name: case for case in cases}
    for name in names:
        if name not in known:
            raise NnoptError(f"there is no case {name}: choose of {', '.join(known)}")
    return [known[name] for name in names] if names else list(cases)


def compile_options(case: Case) -> Options:
    """The options to compile a case with; raises NnoptError for one that does not exist."""
    known = {field.name for field in dataclasses.fields(Options)}
    for name in case.options:
        if name not in known:
            raise NnoptError(f"{case.name}: the compiler has no option {name}")
    calibrate = None if case.calibrate is None else str(case.calibrate)
    return dataclasses.replace(Options(), calibrate=calibrate, **case.options)  # pyright: ignore[reportArgumentType]

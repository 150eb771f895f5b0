"""Streaming of calibration samples out of an .npz file; no xDSL in here."""

import math
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError


def key_of(name: str) -> str:
    """Return how input `name` is called in an `_io.npz`: ``in_`` and the name with / and : as _."""
    return "in_" + name.replace("/", "_").replace(":", "_")


class SampleReader:
    """Reads the samples of each network input from an .npz, one at a time, without holding the
    file.

    Keys are the input names or `key_of` them; arrays are (N, *shape of the input*), the same N for
    all.
    """

    def __init__(self, path: str | Path, names: Sequence[str]):
        self.path = Path(path)
        self.names = tuple(names)
        self.members = self._find_members()
        self.count = self._count()

    def _find_members(self) -> dict[str, str]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                keys = {n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")}
        except (OSError, zipfile.BadZipFile) as error:
            raise NnoptError(f"cannot read samples from '{self.path}': {error}") from error
        found: dict[str, str] = {}
        for name in self.names:
            key = next((k for k in (name, key_of(name)) if k in keys), None)
            if key is None:
                raise NnoptError(
                    f"'{self.path}' has no samples for input '{name}': expected the key "
                    f"'{name}' or '{key_of(name)}', found {', '.join(sorted(keys)) or 'none'}"
                )
            found[name] = key + ".npy"
        return found

    def _count(self) -> int:
        with zipfile.ZipFile(self.path) as archive:
            counts: dict[str, int] = {}
            for name, member in self.members.items():
                with archive.open(member) as file:
                    shape = _read_header(file, name)[0]
                    if not shape:
                        raise NnoptError(f"'{self.path}': input '{name}' has no sample dimension")
                    counts[name] = shape[0]
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{n}: {c}" for n, c in counts.items())
            raise NnoptError(f"'{self.path}' has different numbers of samples ({listed})")
        return next(iter(counts.values()), 0)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[dict[str, NDArray[np.generic]]]:
        with ExitStack() as stack:
            archive = stack.enter_context(zipfile.ZipFile(self.path))
            streams: dict[str, tuple[IO[bytes], tuple[int, ...], np.dtype[np.generic]]] = {}
            for name, member in self.members.items():
                file = stack.enter_context(archive.open(member))
                shape, dtype = _read_header(file, name)
                streams[name] = (file, shape[1:], dtype)
            for _ in range(self.count):
                yield {
                    name: np.frombuffer(
                        file.read(math.prod(shape) * dtype.itemsize), dtype
                    ).reshape(shape)
                    for name, (file, shape, dtype) in streams.items()
                }


def _read_header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = np.lib.format.read_magic(file)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, fortran, dtype = read(file)
    if fortran or dtype.hasobject:
        raise NnoptError(f"the samples of input '{name}' must be a plain array in C order")
    return shape, dtype

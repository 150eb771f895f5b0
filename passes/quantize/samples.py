"""Streaming of calibration samples out of an .npz file or a folder; no xDSL in here.

One sample is in memory at a time, however large the data set is.
"""

import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".gif", ".webp")

Shape = tuple[int, ...]


class Samples(Protocol):
    """A known number of samples, to be gone through as often as needed."""

    def __len__(self) -> int:
        """Return the number of samples."""
        ...

    def __iter__(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        """Yield for each sample the array of every input, by name."""
        ...


def open_samples(path: str | Path, shapes: Mapping[str, Shape]) -> Samples:
    """Return the samples of an .npz file or of a folder for inputs of these names and shapes.

    Raises NnoptError when there are none, or they do not belong to the inputs.
    """
    if Path(path).is_dir():
        return SampleFolder(path, shapes)
    return SampleReader(path, tuple(shapes))


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


class SampleFolder:
    """Reads samples from the files of a folder in the order of their names, one at a time.

    Each file is one sample: a .npy array of the shape of the input (dimensions of size 1 may be
    left out), or an image, which is scaled to the input's size and to numbers from 0 to 1, gray or
    RGB by the input's channels, channels first or last as the input has them. A network of several
    inputs has a folder of its own for each, named like the input or `key_of` it.
    """

    def __init__(self, path: str | Path, shapes: Mapping[str, Shape]):
        self.path = Path(path)
        self.shapes = dict(shapes)
        self.files = {name: self._files_of(name) for name in self.shapes}
        counts = {len(files) for files in self.files.values()}
        if len(counts) != 1:
            listed = ", ".join(f"{n}: {len(f)}" for n, f in self.files.items())
            raise NnoptError(f"'{self.path}' has different numbers of samples ({listed})")
        self.count = counts.pop()

    def _files_of(self, name: str) -> list[Path]:
        folder = self.path
        if len(self.shapes) > 1:
            choices = [self.path / key for key in (name, key_of(name), key_of(name)[3:])]
            found = [choice for choice in choices if choice.is_dir()]
            if not found:
                raise NnoptError(f"'{self.path}' has no folder for input '{name}': {choices[-1]}")
            folder = found[0]
        kinds = (".npy", *IMAGES)
        files = sorted(f for f in folder.iterdir() if f.suffix.lower() in kinds)
        if not files:
            raise NnoptError(f"'{folder}' has no .npy files and no images")
        return files

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[dict[str, NDArray[Any]]]:
        for index in range(self.count):
            yield {
                name: _read_sample(self.files[name][index], shape)
                for name, shape in self.shapes.items()
            }


def _read_sample(file: Path, shape: Shape) -> NDArray[Any]:
    if file.suffix.lower() != ".npy":
        return _read_image(file, shape)
    try:
        array: NDArray[Any] = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise NnoptError(f"cannot read the sample '{file}': {error}") from error
    if [n for n in array.shape if n != 1] != [n for n in shape if n != 1]:
        raise NnoptError(f"the sample '{file}' has shape {array.shape}, wanted {shape}")
    return array.reshape(shape)


def _read_image(file: Path, shape: Shape) -> NDArray[Any]:
    """Return an image as float32 numbers from 0 to 1 in the shape (1, C, H, W) or (1, H, W, C)."""
    from PIL import Image

    channels = (1, 3)
    if len(shape) != 4 or shape[0] != 1 or not {shape[1], shape[3]} & set(channels):
        raise NnoptError(f"the image '{file}' cannot be an input of shape {shape}: save .npy files")
    first = shape[1] in channels
    depth, size = (shape[1], shape[2:]) if first else (shape[3], shape[1:3])
    try:
        with Image.open(file) as image:
            scaled = image.convert("L" if depth == 1 else "RGB").resize((size[1], size[0]))
            pixels = np.asarray(scaled, np.float32).reshape(*size, depth) / 255
    except OSError as error:
        raise NnoptError(f"cannot read the image '{file}': {error}") from error
    return (pixels.transpose(2, 0, 1) if first else pixels).reshape(shape)


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


def read_labels(path: str | Path, count: int) -> NDArray[Any]:
    """Return the classes of the first samples: an .npy, or the key `label` of an .npz.

    Raises NnoptError.
    """
    try:
        content: Any = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise NnoptError(f"cannot read labels from '{path}': {error}") from error
    if hasattr(content, "files"):
        if "label" not in content:
            raise NnoptError(f"'{path}' has no key 'label'")
        content = content["label"]
    labels: NDArray[Any] = np.asarray(content).reshape(-1)
    if len(labels) < count:
        raise NnoptError(f"'{path}' has {len(labels)} labels for {count} samples")
    return labels[:count]

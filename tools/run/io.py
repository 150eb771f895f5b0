"""Samples on their way between ONNX's shapes and real numbers and the package's C buffers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dialects.errors import NnoptError
from .manifest import Encoding, Manifest, Tensor

Array = NDArray[Any]


def file_key(name: str) -> str:
    """Return an ONNX name as it is spelled in .npz files: `/` and `:` become `_`."""
    return re.sub(r"[/:]", "_", name)


def quantize(values: Array, encoding: Encoding, dtype: np.dtype[Any]) -> Array:
    """ONNX QuantizeLinear: saturate(rint(x / scale) + zero_point), in float32, ties to even.

    `values` has any shape; the result has the same shape and element type `dtype`. Not-a-number
    becomes the zero point.
    """
    scaled = np.rint(np.asarray(values, np.float32) / np.float32(encoding.scale))
    shifted = np.nan_to_num(scaled.astype(np.float64), nan=0.0) + encoding.zero_point
    limits = np.iinfo(dtype)
    return np.clip(shifted, limits.min, limits.max).astype(dtype)


def dequantize(values: Array, encoding: Encoding) -> Array:
    """ONNX DequantizeLinear: (q - zero_point) * scale in float32; same shape."""
    centred = (values.astype(np.int64) - encoding.zero_point).astype(np.float32)
    return centred * np.float32(encoding.scale)


def load_npz(path: Path) -> dict[str, Array]:
    """Read all arrays of an .npz file. Raises NnoptError if it is missing or no .npz file."""
    try:
        content: Any = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            raise NnoptError(f"{path} holds a single array; save a .npz file with named arrays")
        with content as file:
            return {str(name): file[name] for name in file.files}
    except FileNotFoundError:
        raise NnoptError(f"the input file {path} does not exist") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise NnoptError(f"{path} is not a readable .npz file: {error}") from None


def save_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays to exactly `path`, under any name (numpy's own savez reserves some).

    The file is the same to the byte for the same arrays. Raises NnoptError if it cannot be written.
    """
    try:
        with zipfile.ZipFile(path, "w") as archive:
            for name, array in arrays.items():
                content = io.BytesIO()
                np.lib.format.write_array(content, np.asarray(array), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())
    except OSError as error:
        raise NnoptError(f"{path} cannot be written: {error.strerror}") from None


def find_input(arrays: Mapping[str, Array], tensor: Tensor) -> Array:
    """Return the array of an input, keyed by its ONNX name or `in_<name>`. Raises NnoptError."""
    for key in (tensor.name, f"in_{tensor.name}", f"in_{file_key(tensor.name)}"):
        if key in arrays:
            return np.asarray(arrays[key])
    given = ", ".join(sorted(arrays)) or "none"
    raise NnoptError(
        f"input {tensor.name!r} is missing: no array {tensor.name!r} "
        f"or 'in_{file_key(tensor.name)}' among the given ones ({given})"
    )


def _check_shape(array: Array, tensor: Tensor) -> None:
    if array.shape[1:] != tensor.onnx_shape or array.ndim != len(tensor.onnx_shape) + 1:
        wanted = ", ".join(["N", *map(str, tensor.onnx_shape)])
        raise NnoptError(
            f"input {tensor.name!r} has shape {array.shape}, wanted ({wanted}): "
            "N samples, each of the model's own input shape"
        )


def _to_c_numbers(array: Array, tensor: Tensor) -> Array:
    """Convert the element type; real numbers are quantized where the package stores integers."""
    real = array.dtype.kind == "f" or tensor.onnx_dtype.kind == "f"
    if tensor.encoding is not None and real:
        return quantize(array, tensor.encoding, tensor.dtype)
    if array.dtype.kind not in "fiub":
        raise NnoptError(f"input {tensor.name!r} holds {array.dtype}, not numbers")
    converted = np.asarray(array, tensor.dtype)
    if tensor.dtype.kind in "iu" and not np.array_equal(converted, array):
        raise NnoptError(
            f"input {tensor.name!r} holds values of type {array.dtype} that do not fit "
            f"the model's {tensor.dtype}"
        )
    return converted


def to_c(array: Array, tensor: Tensor) -> Array:
    """Convert samples (N, *onnx_shape) of real or stored numbers to (N, *C shape) in C's type.

    If the tensor has an encoding, real numbers (floating-point data, or any data of an input that
    is floating-point in ONNX) are quantized; integers of an integer input are passed as they are.
    Raises NnoptError for a wrong shape or values that do not fit.
    """
    _check_shape(array, tensor)
    numbers = _to_c_numbers(array, tensor)
    if tensor.perm is not None:
        numbers = numbers.transpose(0, *(axis + 1 for axis in tensor.perm))
    return np.ascontiguousarray(numbers).reshape(len(array), *tensor.shape)


def from_c(array: Array, tensor: Tensor, *, raw: bool = False) -> Array:
    """Convert samples (N, *C shape) back to (N, *onnx_shape) in ONNX's element type.

    Stored integers of an output that is floating-point in ONNX are dequantized. With `raw` the
    array stays as C left it: C's shape, order and element type.
    """
    if raw:
        return array
    if tensor.perm is not None:
        permuted = tuple(tensor.onnx_shape[axis] for axis in tensor.perm)
        inverse = np.argsort(tensor.perm)
        array = array.reshape(len(array), *permuted).transpose(0, *(axis + 1 for axis in inverse))
    array = array.reshape(len(array), *tensor.onnx_shape)
    if tensor.encoding is not None and tensor.onnx_dtype.kind == "f":
        array = dequantize(array, tensor.encoding)
    return np.ascontiguousarray(array, dtype=tensor.onnx_dtype)


def pack_inputs(
    manifest: Manifest, arrays: Mapping[str, Array], limit: int | None = None
) -> tuple[bytes, int]:
    """Return the bytes the harness reads, sample by sample, and the number of samples.

    `arrays` are keyed by ONNX names, or `in_<name>` as in .npz files; other keys are ignored.
    `limit` keeps the first samples only. Raises NnoptError for missing inputs, wrong shapes or
    different numbers of samples.
    """
    found = [find_input(arrays, tensor)[:limit] for tensor in manifest.inputs]
    converted = [to_c(array, tensor) for array, tensor in zip(found, manifest.inputs, strict=True)]
    counts = {len(array) for array in converted}
    if len(counts) != 1:
        listed = ", ".join(
            f"{t.name!r}: {len(a)}" for t, a in zip(manifest.inputs, converted, strict=True)
        )
        raise NnoptError(f"the inputs differ in their number of samples ({listed})")
    samples = counts.pop()
    if samples == 0:
        raise NnoptError("there is no sample in the inputs")
    rows = [array.reshape(samples, -1).view(np.uint8) for array in converted]
    return np.concatenate(rows, axis=1).tobytes(), samples


def unpack_outputs(
    manifest: Manifest, data: bytes, samples: int, *, raw: bool = False
) -> dict[str, Array]:
    """Take apart what the harness wrote: ONNX output name to (N, …) as `from_c` gives it."""
    size = sum(tensor.bytes for tensor in manifest.outputs)
    if len(data) != size * samples:
        raise NnoptError(f"the run wrote {len(data)} bytes of output instead of {size * samples}")
    table = np.frombuffer(data, np.uint8).reshape(samples, size)
    outputs: dict[str, Array] = {}
    start = 0
    for tensor in manifest.outputs:
        columns = np.ascontiguousarray(table[:, start : start + tensor.bytes])
        array = columns.view(tensor.dtype).reshape(samples, *tensor.shape)
        outputs[tensor.name] = from_c(array, tensor, raw=raw)
        start += tensor.bytes
    return outputs

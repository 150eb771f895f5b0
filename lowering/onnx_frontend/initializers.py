"""Reading the tensors of a file without trusting what the file says about them."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from ...dialects.errors import NnoptError
from . import onnx_api
from .model import Array

MAX_ELEMENTS = 1 << 28


def _stored_elements(tensor: onnx.TensorProto) -> int:
    """How many elements the typed fields of a tensor hold (one of them is used, by element
    type).
    """
    return max(
        len(tensor.float_data),
        len(tensor.int32_data),
        len(tensor.int64_data),
        len(tensor.double_data),
        len(tensor.uint64_data),
    )


def _check_external(tensor: onnx.TensorProto, folder: Path | None, wanted_bytes: int) -> None:
    """Raises NnoptError unless the external data is a regular file inside the model's folder and
    large enough.
    """
    what = f"initializer '{tensor.name}'"
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if folder is None:
        raise NnoptError(
            f"{what} is stored in the file '{location}', but the model was not read from a file"
        )
    root = folder.resolve()
    path = (root / location).resolve()
    if not location or Path(location).is_absolute() or not path.is_relative_to(root):
        raise NnoptError(
            f"{what} is stored in '{location}', outside of the model's folder, which is not allowed"
        )
    if not path.is_file():
        raise NnoptError(f"{what} is stored in '{location}', which does not exist beside the model")
    try:
        offset = int(entries.get("offset", "0") or 0)
        length = int(entries.get("length", "") or wanted_bytes)
    except ValueError as error:
        raise NnoptError(f"{what}: offset or length of its external data is no number") from error
    if offset < 0 or length != wanted_bytes or offset + length > path.stat().st_size:
        raise NnoptError(
            f"{what} needs {wanted_bytes} bytes at offset {offset} of '{location}', which has "
            f"{path.stat().st_size}"
        )


def read_initializer(
    tensor: onnx.TensorProto,
    folder: Path | None,
    dtypes: Mapping[int, np.dtype[Any]] = onnx_api.DTYPES,
) -> Array:
    """The elements of an initializer.

    Raises NnoptError when its element type is not among `dtypes`, its dimensions do not fit its
    data, or its external data is missing or outside of `folder`.
    """
    what = f"initializer '{tensor.name}'" if tensor.name else "its tensor"
    dtype = dtypes.get(tensor.data_type)
    if dtype is None:
        raise NnoptError(
            f"{what} has element type {onnx_api.type_name(tensor.data_type)}, which is not "
            "supported; "
            "convert the model to float32"
        )
    dims = tuple(tensor.dims)
    elements = math.prod(dims)
    if any(d < 0 for d in dims) or elements > MAX_ELEMENTS:
        raise NnoptError(
            f"{what} has dimensions {list(dims)}, which cannot be meant; is the file corrupt?"
        )
    wanted_bytes = elements * dtype.itemsize
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        _check_external(tensor, folder, wanted_bytes)
    elif tensor.HasField("raw_data"):
        if len(tensor.raw_data) != wanted_bytes:
            raise NnoptError(
                f"{what} of dimensions {list(dims)} needs {wanted_bytes} bytes, but has "
                f"{len(tensor.raw_data)}; "
                "is the file complete?"
            )
    elif _stored_elements(tensor) != elements:
        raise NnoptError(
            f"{what} of dimensions {list(dims)} needs {elements} elements, but has "
            f"{_stored_elements(tensor)}; "
            "is the file complete?"
        )
    return onnx_api.guarded(
        f"{what} cannot be read",
        lambda: onnx_api.to_array(tensor, "" if folder is None else str(folder)),
    )

"""The one place where PyTorch is loaded. It has no types here: it need not be installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

from ...dialects.errors import NnoptError

Tensor: TypeAlias = Any
"""A tensor of PyTorch."""


def load_torch() -> Any:
    """The module `torch`. Raises NnoptError, saying how to install it, where it is missing."""
    try:
        return import_module("torch")
    except ImportError as error:
        raise NnoptError(
            "training needs PyTorch, which is not installed: pip install 'nnopt[train]', or in a "
            "checkout pip install '.[train]'"
        ) from error


def prepare(seed: int, threads: int) -> Any:
    """PyTorch, ready to give the same numbers each time."""
    torch = load_torch()
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    return torch

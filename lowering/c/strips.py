"""The C of an input whose rows are asked for: the caller's function, and the calls of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...dialects import vpool
from .spelling import Expression

READ, CONTEXT = "read_rows", "context"
"""Parameters of the run function: the caller's function, and what it gets."""


class Strips(Protocol):
    """What has to be known of the input."""

    @property
    def c_name(self) -> str:
        """Name of the input in C."""
        ...

    @property
    def c_type(self) -> str:
        """Type of its elements."""
        ...


def reader_type(prefix: str) -> str:
    """Name of the type of the caller's function."""
    return f"{prefix}_row_reader"


def source_type(prefix: str) -> str:
    """Name of the type that goes with it through the kernels."""
    return f"{prefix}_source"


def fetch_function(prefix: str) -> str:
    """Name of the function by which kernels ask for rows."""
    return f"{prefix}_fetch"


def parameters(prefix: str) -> list[str]:
    """What the run function gets instead of the input."""
    return [f"{reader_type(prefix)} *{READ}", f"void *{CONTEXT}"]


def definitions(prefix: str, tensor: Strips) -> str:
    """The type and the function that kernels use; after a failure no more is asked for."""
    source = source_type(prefix)
    return f"""\
typedef struct {{
    {reader_type(prefix)} *read;
    void *context;
    int status;
}} {source};

static void {fetch_function(prefix)}({source} *source, int32_t row, int32_t count, \
{tensor.c_type} *rows)
{{
    if (source->status == 0) {{
        source->status = source->read(source->context, (int)row, (int)count, rows);
    }}
}}"""


def reader_typedef(prefix: str, tensor: Strips) -> str:
    """The type of the caller's function."""
    parameters = f"void *context, int row, int count, {tensor.c_type} *rows"
    return f"typedef int {reader_type(prefix)}({parameters});"


def start(prefix: str, tensor: Strips) -> str:
    """The line of the run function that begins."""
    return f"{source_type(prefix)} {tensor.c_name} = {{{READ}, {CONTEXT}, 0}};"


def check(tensor: Strips) -> list[str]:
    """The lines behind a kernel that asked for rows."""
    return [f"if ({tensor.c_name}.status != 0) {{", f"    return {tensor.c_name}.status;", "}"]


def read_rows(op: vpool.ReadRowsOp, args: Sequence[Expression], prefix: str) -> str:
    """The call that asks for rows."""
    source, row, count, memory, index = args
    target = memory.text if index.text == "0" else f"{memory.text} + {index.text}"
    return f"{fetch_function(prefix)}({source.text}, {row.text}, {count.text}, {target})"

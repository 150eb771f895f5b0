"""The table of handlers, keyed by the name of the builtin operator in TFLite's schema.

A handler turns one operator into operations of the `nn` and `fxp` dialects:

    @handler("SOFTMAX")
    def softmax(ctx: Importer, op: Operator) -> Result:
        ...
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from .model import Operator

if TYPE_CHECKING:
    from .importer import Importer, Result

Handler: TypeAlias = "Callable[[Importer, Operator], Result]"

_HANDLERS: dict[str, Handler] = {}


def handler(*names: str) -> Callable[[Handler], Handler]:
    """Register a function for one or more builtin operators. Raises ValueError for the second
    handler of an operator.
    """

    def register(function: Handler) -> Handler:
        for name in names:
            if name in _HANDLERS:
                raise ValueError(f"two handlers for {name}")
            _HANDLERS[name] = function
        return function

    return register


def find_handler(name: str) -> "Handler | None":
    """The handler of a builtin operator, None if there is none."""
    return _HANDLERS.get(name)


def registered_operators() -> tuple[str, ...]:
    """The builtin operators that have a handler, sorted."""
    return tuple(sorted(_HANDLERS))

"""The table of operator handlers, keyed by domain, operator and the opset since which each holds.

A handler turns one ONNX node into operations of the `nn` and `fxp` dialects:

    @handler("Softmax", since=13)
    def softmax(ctx: Importer, node: Node) -> Result:
        ...

`since` is the first version of the operator the handler is right for. Of all handlers of an
operator the newest one that is not newer than the model's opset is chosen, so a change of meaning
in a later opset is one more function.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from ...dialects.external import find_operator
from .model import Node

if TYPE_CHECKING:
    from .importer import Importer
    from .values import Result

Handler: TypeAlias = "Callable[[Importer, Node], Result]"

_HANDLERS: dict[tuple[str, str], list[tuple[int, Handler]]] = {}


def handler(*op_types: str, since: int = 1, domain: str = "") -> Callable[[Handler], Handler]:
    """Register a function for one or more operators of a domain, from opset `since` on.

    Raises ValueError when the same operator and version are registered twice.
    """

    def register(function: Handler) -> Handler:
        for op_type in op_types:
            versions = _HANDLERS.setdefault((domain, op_type), [])
            if any(version == since for version, _ in versions):
                raise ValueError(f"two handlers for {domain or 'ai.onnx'}.{op_type} since {since}")
            versions.append((since, function))
            versions.sort(key=lambda entry: entry[0])
        return function

    return register


def registered_versions(domain: str, op_type: str) -> list[int]:
    """The opsets since which there are handlers for this operator."""
    return [version for version, _ in _HANDLERS.get((domain, op_type), [])]


def find_handler(domain: str, op_type: str, opset: int) -> "Handler | None":
    """The newest handler for this operator that is not newer than the opset, or that of an operator
    that another package registers; None if there is none.
    """
    versions = _HANDLERS.get((domain, op_type), [])
    known = next((function for since, function in reversed(versions) if since <= opset), None)
    if known is None:
        operator = find_operator(domain, op_type, opset)
        if operator is not None and operator.kernel is not None:
            from .external import import_external

            return import_external
    return known


def registered_operators() -> dict[tuple[str, str], tuple[int, ...]]:
    """All operators that have a handler: (domain, operator) → the versions its handlers start
    at.
    """
    return {key: tuple(since for since, _ in versions) for key, versions in _HANDLERS.items()}

"""Names of ONNX values as names of values in the text form."""

import re

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_]+")


def sanitized(name: str) -> str | None:
    """A name hint close to an ONNX value name (any text at all); None when nothing of it can be
    kept.

    The printer makes hints unique, so two names may become the same hint.
    """
    hint = _NOT_ALLOWED.sub("_", name).strip("_")
    if not hint:
        return None
    return hint if not hint[0].isdigit() else f"v{hint}"

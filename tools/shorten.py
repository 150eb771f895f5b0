"""Printed IR, C and JSON made short and independent of the machine, for files that are compared.

Large constants become a hash of their bytes: a changed weight still shows, in one line.
"""

from __future__ import annotations

import hashlib
import json
import re

# More than 100 elements, which xDSL prints as bytes.
_DENSE_BYTES = re.compile(r'dense<"0x([0-9A-F]+)">')
# A braced list of numbers as long as eight lines.
_C_NUMBERS = re.compile(r"\{([-+0-9a-fA-FxXpPuUlL.,\s]{800,})\}")
# What depends on the machine that compiles, not on the compiler.
_VOLATILE = ("versions", "sha256", "seconds", "times")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def shorten_ir(text: str) -> str:
    """Replace the bytes of large dense constants in printed IR by their SHA-256."""

    def shorten(match: re.Match[str]) -> str:
        return f'dense<"sha256:{_hash(bytes.fromhex(match[1]))}">'

    return _DENSE_BYTES.sub(shorten, text)


def shorten_c(text: str) -> str:
    """Replace long lists of numbers in C by length and SHA-256, which line breaks do not change."""

    def shorten(match: re.Match[str]) -> str:
        numbers = [number for number in re.split(r"[,\s]+", match[1]) if number]
        return f"{{ /* {len(numbers)} numbers, sha256:{_hash(','.join(numbers).encode())} */ }}"

    return _C_NUMBERS.sub(shorten, text)


def shorten_json(text: str) -> str:
    """Leave out of a JSON object what depends on the machine, and indent the rest."""
    content = json.loads(text)
    kept = {key: value for key, value in content.items() if key not in _VOLATILE}
    return json.dumps(kept, indent=1) + "\n"


def shorten(name: str, text: str) -> str:
    """Shorten a file by its name's ending."""
    if name.endswith(".mlir"):
        return shorten_ir(text)
    if name.endswith(".json"):
        return shorten_json(text)
    return shorten_c(text)

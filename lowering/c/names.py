"""C identifiers: made from names of the network, unique, never a keyword."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager

from ...dialects.errors import NnoptError

_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline
int long register restrict return short signed sizeof static struct switch typedef union unsigned
void volatile while _Bool _Complex _Imaginary bool true false main asm typeof errno NULL INFINITY
NAN int8_t uint8_t int16_t uint16_t int32_t uint32_t int64_t uint64_t size_t alignas alignof
thread_local static_assert nullptr constexpr class new delete this template operator namespace
private public protected virtual using try catch throw friend and and_eq bitand bitor char8_t
char16_t char32_t co_await co_return co_yield compl concept const_cast consteval constinit
decltype dynamic_cast explicit export mutable noexcept not not_eq or or_eq reinterpret_cast
requires static_cast typeid typename wchar_t xor xor_eq linux unix ptrdiff_t offsetof
"""

KEYWORDS = frozenset(_WORDS.split())
"""Words of C99 to C23 and C++ (people include the header there), what our headers define, and what
gcc defines by default."""


MACROS = re.compile(
    r"(U?INT(_LEAST|_FAST)?(8|16|32|64)|U?INTPTR|U?INTMAX|SIZE|PTRDIFF|SIG_ATOMIC|WCHAR|WINT)"
    r"_(MIN|MAX|C)"
)
"""Macros of <stdint.h>."""


def identifier(text: str, fallback: str = "x") -> str:
    """`text` as a C identifier: letters, digits and single underscores, no keyword, no macro.

    A name that would begin with a digit gets a leading letter; an empty one becomes `fallback`.
    """
    name = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_")
    if not name:
        name = fallback
    if name[0].isdigit():
        name = f"{fallback}{name}"
    return f"{name}_" if name in KEYWORDS or MACROS.fullmatch(name) else name


def check_prefix(prefix: str) -> None:
    """Raises NnoptError unless `prefix` can stand before every symbol and name the files."""
    if re.fullmatch(r"[A-Za-z]\w*", prefix, re.ASCII) is None:
        raise NnoptError(
            f"prefix '{prefix}' is not a C identifier: use letters, digits and underscores, a "
            "letter first"
        )
    if prefix in KEYWORDS or MACROS.fullmatch(prefix):
        raise NnoptError(
            f"prefix '{prefix}' is a word that C, C++ or their headers have taken: choose another"
        )
    if identifier(prefix) != prefix:
        raise NnoptError(
            f"prefix '{prefix}' has underscores at its end or several in a row, which C++ reserves"
        )


class Names:
    """Hands out identifiers that are unique in a function, next to the symbols of a module.

    `prefix` stands before every symbol that a linker or a reader of the header can see; no symbol
    is one of `reserved`.
    """

    def __init__(self, prefix: str = "net", reserved: Iterable[str] = ()):
        self.prefix = prefix
        self.reserved = frozenset(reserved)
        self._symbols: dict[str, str] = {}
        self._scopes: list[set[str]] = [set()]

    def symbol(self, name: str) -> str:
        """The C name of the module's symbol `name`."""
        if name not in self._symbols:
            base = f"{self.prefix}_{identifier(name)}"
            self._symbols[name] = unique(base, {*self._symbols.values(), *self.reserved})
        return self._symbols[name]

    def local(self, hint: str) -> str:
        """A new identifier for a local variable."""
        name = unique(identifier(hint, "v"), {name for scope in self._scopes for name in scope})
        self._scopes[-1].add(name)
        return name

    @contextmanager
    def scope(self) -> Generator[None]:
        """Names taken inside are free again afterwards."""
        self._scopes.append(set())
        try:
            yield
        finally:
            self._scopes.pop()


def unique(base: str, taken: Collection[str]) -> str:
    """`base`, or `base` with the smallest number that makes it differ from all `taken`."""
    if base not in taken:
        return base
    number = 1
    while f"{base}{number}" in taken:
        number += 1
    return f"{base}{number}"

"""The pass `canonicalize-graph`: one way to say a thing, and nothing that does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting import apply_patterns
from .canonical_forms import CANONICAL_FORMS
from .identities import IDENTITIES


@dataclass(frozen=True)
class CanonicalizeGraphPass(ModulePass):
    """Erase what changes nothing and give each computation one form.

    Reshapes of reshapes, transposes of transposes, clamps of clamps and concatenations of
    concatenations become one; identity operations vanish; products with constants become fully
    connected layers; means and maxima over height and width become global pools; transposes that
    move no data become reshapes.
    """

    name = "canonicalize-graph"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_patterns(op, *IDENTITIES, *CANONICAL_FORMS)

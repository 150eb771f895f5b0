"""The passes of `nnopt.passes`, by name.

Each line maps a pass name to its module, relative to `nnopt.passes`, and its class. The module is
imported when the pass is asked for, so that a long list costs nothing at start-up.
"""

PASSES: dict[str, tuple[str, str]] = {}

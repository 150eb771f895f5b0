"""The output target `c`: `nnopt-opt … -t c{prefix=net}` prints a whole network as one C file."""

from dataclasses import dataclass
from typing import IO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target

from .unit import Unit


@dataclass(frozen=True)
class CTarget(Target):
    """Print a module at the loop level as C99, weights included."""

    name = "c"

    prefix: str = "net"
    """What every external symbol begins with."""

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        """Write the file."""
        unit = Unit(module, prefix=self.prefix, single_file=True)
        output.write(unit.render("source.c.j2"))

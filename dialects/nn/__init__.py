"""The `nn` dialect: what a network computes, on NHWC tensors of static shape.

Elements are f32, `!fxp` types (integers that stand for reals) or plain integers; each op says what
it allows. The interpreters in `dialects/interpreters` are the specification of the ops.

An op is defined in the file of its family and exported by that file's `__all__`: no other list
names it.
"""

from xdsl.ir import Dialect

from . import (
    constant,
    contraction,
    data_movement,
    elementwise,
    external,
    indexing,
    logic,
    recurrent,
    reduction,
    window,
)
from .common import *
from .common import ops_of
from .constant import *
from .contraction import *
from .data_movement import *
from .elementwise import *
from .external import *
from .indexing import *
from .logic import *
from .recurrent import *
from .reduction import *
from .window import *

FAMILIES = (
    constant,
    window,
    contraction,
    elementwise,
    logic,
    reduction,
    recurrent,
    data_movement,
    indexing,
    external,
)
"""The modules that define ops."""

NN = Dialect(
    "nn", [*(op for family in FAMILIES for op in ops_of(family)), external.ExternalCallOp], []
)

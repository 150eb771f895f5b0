"""The `vpool` dialect: kernels, their schedules, and the one pool of memory they share.

Two levels use it (see docs/levels.md):

- *scheduled*: `vpool.kernel` groups what one pass over the output computes (a convolution and its
  rescaling, say) on tensors, and carries the schedule chosen for it;
- *placed*: `vpool.launch` is the same kernel on memory: its inputs and outputs are ranges
  (`vpool.view`) of one arena, or buffers of the caller. In the loops of a kernel, `vpool.load` and
  `vpool.store` move single elements between memory and registers, widening and narrowing.

Memory is seen as flat: every memref of this dialect has one dimension. The idea of one pool of
overlapping ranges is that of vMCU (arXiv 2406.06542).
"""

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    I64,
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    Float32Type,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    Signedness,
    StringAttr,
    TensorType,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Dialect, ParametrizedAttribute, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.irdl.operations import AttrSizedOperandSegments
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.traits import (
    IsolatedFromAbove,
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    Pure,
    RecursiveMemoryEffect,
)
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

from .packed import UnpackOp, UnshiftBiasOp
from .strips import FetchOp, ReadRowsOp, gives_rows

ALGORITHMS = (
    *("direct", "lanes", "planes", "one-plane", "blocks", "reals", "vectors"),
    *("words", "unpacked"),
    *("rows", "row-groups", "groups-again", "patches"),
)
"""Algorithms that a schedule can name: loops over the outputs in their order; dense products on
16-bit lanes; depthwise windows on channel planes, or one of them; dense products in blocks of
scalar registers, on f32 with packed weights, and on vectors of bytes; depthwise windows as words of
four rows (`passes/schedule/variants.py`); dense products as straight-line code
(`passes/schedule/unpacked.py`); several ops with loops of their own, row by row
(`passes/schedule/fuse_rows.py`), so that expansions before a depthwise window go through groups of
channels with it (`passes/schedule/row_chain.py`), the same but with all rows under the window
computed again, or patch by patch, borders computed again (`passes/schedule/patches.py`)."""

MEMORY = "vpool.memory"
"""The attribute of an arena, or of an input or output in one: its name, if there are several."""

ISAS = ("portable", "armv7e-m", "helium", "rv32im")
"""Instruction sets that a schedule can name: plain C; the Cortex-M4/M7 DSP extension; that and the
vectors of a Cortex-M55; plain C for a processor with 31 registers and the high half of a product in
one instruction."""

WITH_DSP = ("armv7e-m", "helium")
"""Instruction sets with the DSP extension."""


def element_bytes(element: Attribute) -> int:
    """Bytes of one element in memory; booleans take one byte. Raises VerifyException."""
    if isa(element, IntegerType):
        return max(1, (element.width.data + 7) // 8)
    if isinstance(element, Float32Type):
        return 4
    raise VerifyException(f"no memory layout for elements of type {element}")


def byte_size(type_: TensorType[Attribute] | MemRefType[Attribute]) -> int:
    """Bytes of a whole tensor or memref with static shape."""
    return element_bytes(type_.get_element_type()) * type_.element_count()


def register_type(element: Attribute) -> Attribute:
    """The type a loaded element has in a register: i32 up to 32 bits, i64, or f32."""
    if isa(element, IntegerType):
        return i32 if element.width.data <= 32 else i64
    return element


@irdl_attr_definition
class ScheduleAttr(ParametrizedAttribute):
    """How a kernel runs, independent of what it computes and of where its tensors lie.

    `#vpool.schedule<"direct", order = ["oh", "ow", "oc"], block = [1, 4], isa = "portable">`:
    the algorithm, the order of the parallel loops from the outermost, the register block as
    (output pixels, output channels), and the instruction set of the inner loop. `patches` has a
    `tile = [1, 4]` beside them: rows and columns of the output that are computed at a time. With
    `reversed` at the end, the parallel loops run from their last iteration to their first.

    (C1) the algorithm is known; (C2) the order is a permutation of oh, ow, oc; (C3) the block is
    two numbers from 1 to 8; (C4) the instruction set is known; (C5) the tile of `patches` is two
    positive numbers, and other algorithms have none.
    """

    name = "vpool.schedule"

    algorithm: StringAttr
    order: ArrayAttr[StringAttr]
    block: DenseArrayBase[IntegerType]
    isa: StringAttr
    backwards: BoolAttr
    tile: DenseArrayBase[IntegerType]

    def __init__(
        self,
        algorithm: str | StringAttr = "direct",
        order: Sequence[str] | ArrayAttr[StringAttr] = ("oh", "ow", "oc"),
        block: Sequence[int] | DenseArrayBase[IntegerType] = (1, 1),
        isa: str | StringAttr = "portable",
        backwards: bool | BoolAttr = False,
        tile: Sequence[int] | DenseArrayBase[IntegerType] = (),
    ):
        if isinstance(algorithm, str):
            algorithm = StringAttr(algorithm)
        if not isinstance(order, ArrayAttr):
            order = ArrayAttr([StringAttr(name) for name in order])
        if not isinstance(block, DenseArrayBase):
            block = DenseArrayBase.from_list(i64, list(block))
        if isinstance(isa, str):
            isa = StringAttr(isa)
        if isinstance(backwards, bool):
            backwards = BoolAttr.from_bool(backwards)
        if not isinstance(tile, DenseArrayBase):
            tile = DenseArrayBase.from_list(i64, list(tile))
        super().__init__(algorithm, order, block, isa, backwards, tile)

    @property
    def loop_order(self) -> tuple[str, ...]:
        """Names of the parallel loops, outermost first: a permutation of oh, ow, oc."""
        return tuple(name.data for name in self.order)

    @property
    def register_block(self) -> tuple[int, int]:
        """(output pixels, output channels) computed together in registers."""
        pixels, channels = self.block.get_values()
        return int(pixels), int(channels)

    @property
    def is_reversed(self) -> bool:
        """Whether the parallel loops run from their last iteration to their first."""
        return bool(self.backwards.value.data)

    @property
    def patch(self) -> tuple[int, int]:
        """(rows, columns) of the output that `patches` computes at a time."""
        rows, columns = self.tile.get_values()
        return int(rows), int(columns)

    def turned(self) -> "ScheduleAttr":
        """The same schedule in the other direction."""
        same = self.algorithm, self.order, self.block, self.isa
        return ScheduleAttr(*same, not self.is_reversed, self.tile)

    def verify(self) -> None:
        if self.algorithm.data not in ALGORITHMS:
            raise VerifyException(
                f"(C1) algorithm must be one of {', '.join(ALGORITHMS)}, "
                f"found {self.algorithm.data}"
            )
        if sorted(self.loop_order) != ["oc", "oh", "ow"]:
            raise VerifyException(
                f"(C2) order must be a permutation of oh, ow, oc, found {list(self.loop_order)}"
            )
        if len(self.block) != 2 or any(not 1 <= b <= 8 for b in self.block.get_values()):
            raise VerifyException("(C3) block must be two numbers from 1 to 8")
        if self.isa.data not in ISAS:
            raise VerifyException(
                f"(C4) isa must be one of {', '.join(ISAS)}, found {self.isa.data}"
            )
        tile = [int(size) for size in self.tile.get_values()]
        count = 2 if self.algorithm.data == "patches" else 0
        if len(tile) != count or any(size < 1 for size in tile):
            raise VerifyException(
                f"(C5) a tile is two positive sizes, of patches only, found {tile}"
            )

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            algorithm = parser.parse_attribute()
            parameters: list[Attribute] = [algorithm]
            for keyword in ("order", "block", "isa"):
                parser.parse_punctuation(",")
                parser.parse_keyword(keyword)
                parser.parse_punctuation("=")
                if keyword == "block":
                    parameters.append(cls._parse_sizes(parser))
                else:
                    parameters.append(parser.parse_attribute())
            more = parser.parse_optional_punctuation(",") is not None
            tile: Attribute = DenseArrayBase.from_list(i64, list[int]())
            if more and parser.parse_optional_keyword("tile") is not None:
                parser.parse_punctuation("=")
                tile = cls._parse_sizes(parser)
                more = parser.parse_optional_punctuation(",") is not None
            if more:
                parser.parse_keyword("reversed")
            parameters += [BoolAttr.from_bool(more), tile]
        return parameters

    @staticmethod
    def _parse_sizes(parser: AttrParser) -> Attribute:
        values = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
        return DenseArrayBase.from_list(i64, values)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.algorithm)
            printer.print_string(", order = ")
            printer.print_attribute(self.order)
            printer.print_string(f", block = {list(self.block.get_values())}, isa = ")
            printer.print_attribute(self.isa)
            if len(self.tile):
                printer.print_string(f", tile = {list(self.tile.get_values())}")
            if self.is_reversed:
                printer.print_string(", reversed")


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends the region of a kernel and gives its results."""

    name = "vpool.yield"
    arguments = var_operand_def()
    traits = traits_def(IsTerminator(), Pure())
    assembly_format = "attr-dict $arguments `:` type($arguments)"

    def __init__(self, *arguments: SSAValue):
        super().__init__(operands=[arguments])


def _verify_body(body: Region, inputs: Sequence[Attribute], outputs: Sequence[Attribute]) -> None:
    block = body.block
    if len(block.args) != len(inputs):
        raise VerifyException(
            f"(C1) region must have one argument per input: {len(inputs)} expected, "
            f"{len(block.args)} found"
        )
    last = block.last_op
    if not isinstance(last, YieldOp):
        raise VerifyException("(C2) region must end in vpool.yield")
    if len(last.arguments) != len(outputs):
        raise VerifyException(
            f"(C3) region must yield one value per output: {len(outputs)} expected, "
            f"{len(last.arguments)} found"
        )


def _check_matches(tensor: Attribute, memory: Attribute, what: str) -> None:
    if not isa(tensor, TensorType):
        raise VerifyException(f"(C4) {what} must be a tensor inside the region, found {tensor}")
    assert isa(memory, MemRefType)
    same = (
        tensor.element_count() == memory.element_count()
        and tensor.element_type == memory.element_type
    )
    if not same:
        raise VerifyException(
            f"(C4) {what} {tensor} does not fit its memory {memory}: "
            "element type and number of elements must be equal"
        )


@irdl_op_definition
class KernelOp(IRDLOperation):
    """What one kernel computes, on tensors, and the schedule chosen for it.

    (C1) one region argument per input, of the same type; (C2) the region ends in `vpool.yield`;
    (C3) which gives one value per result, of the same type.

    ```mlir
    %y = vpool.kernel "conv1" ins(%x, %w, %b : …) -> tensor<1x8x8x16xi8> {
    ^bb0(%x0: …, %w0: …, %b0: …):
      %acc = nn.conv2d %x0, %w0, %b0 {…}
      %q = fxp.requantize %acc {…}
      vpool.yield %q : tensor<1x8x8x16xi8>
    }
    ```
    """

    name = "vpool.kernel"
    label = prop_def(StringAttr)
    schedule = opt_prop_def(ScheduleAttr)
    inputs = var_operand_def(TensorType)
    outputs = var_result_def(TensorType)
    body = region_def("single_block")
    traits = traits_def(IsolatedFromAbove(), RecursiveMemoryEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$label `ins` `(` $inputs `:` type($inputs) `)` `->` type($outputs)"
        " (`schedule` $schedule^)? attr-dict-with-keyword $body"
    )

    def __init__(
        self,
        label: str,
        inputs: Sequence[SSAValue],
        result_types: Sequence[Attribute],
        body: Region | Block,
        schedule: ScheduleAttr | None = None,
    ):
        super().__init__(
            operands=[inputs],
            result_types=[result_types],
            regions=[Region(body) if isinstance(body, Block) else body],
            properties={"label": StringAttr(label), "schedule": schedule},
        )

    def verify_(self) -> None:
        inputs, outputs = self.inputs.types, self.outputs.types
        _verify_body(self.body, inputs, outputs)
        for arg, expected in zip(self.body.block.args, inputs, strict=True):
            if arg.type != expected:
                raise VerifyException(
                    f"(C1) region argument has type {arg.type}, expected {expected}"
                )
        yielded = self.body.block.last_op
        assert isinstance(yielded, YieldOp)
        for value, expected in zip(yielded.arguments.types, outputs, strict=True):
            if value != expected:
                raise VerifyException(f"(C3) region yields {value}, expected {expected}")


@irdl_op_definition
class LaunchOp(IRDLOperation):
    """A kernel on memory: reads the ranges `inputs`, writes the ranges `outputs`, and may use the
    range `scratch` for itself while it runs.

    The region is that of `vpool.kernel`, on tensors: (C1) one argument per input; (C2) it ends in
    `vpool.yield`; (C3) one yielded value per output; (C4) element types and element counts of
    tensors and their memory agree; (C5) memory is flat (one dimension); (C6) of memory of the kind
    "rows" only rows are fetched (`vpool.fetch`).
    """

    name = "vpool.launch"
    label = prop_def(StringAttr)
    schedule = opt_prop_def(ScheduleAttr)
    inputs = var_operand_def(MemRefType)
    outputs = var_operand_def(MemRefType)
    scratch = var_operand_def(MemRefType)
    body = region_def("single_block")
    traits = traits_def(IsolatedFromAbove(), MemoryReadEffect(), MemoryWriteEffect())
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$label `ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outputs `:` type($outputs) `)`"
        " (`scratch` `(` $scratch^ `:` type($scratch) `)`)?"
        " (`schedule` $schedule^)? attr-dict-with-keyword $body"
    )

    def __init__(
        self,
        label: str,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        body: Region,
        schedule: ScheduleAttr | None = None,
        scratch: Sequence[SSAValue] = (),
    ):
        super().__init__(
            operands=[inputs, outputs, scratch],
            regions=[body],
            properties={"label": StringAttr(label), "schedule": schedule},
        )

    def verify_(self) -> None:
        inputs, outputs = self.inputs.types, self.outputs.types
        _verify_body(self.body, inputs, outputs)
        for memory in (*inputs, *outputs, *self.scratch.types):
            if isinstance(memory, MemRefType) and memory.get_num_dims() != 1:
                raise VerifyException(f"(C5) memory must be flat, found {memory}")
        for arg, memory in zip(self.body.block.args, inputs, strict=True):
            _check_matches(arg.type, memory, "input")
            if gives_rows(memory) and any(not isinstance(u.operation, FetchOp) for u in arg.uses):
                raise VerifyException("(C6) rows have to be fetched before they are used")
        yielded = self.body.block.last_op
        assert isinstance(yielded, YieldOp)
        for value, memory in zip(yielded.arguments.types, outputs, strict=True):
            _check_matches(value, memory, "output")


@irdl_op_definition
class ViewOp(IRDLOperation):
    """A range of the arena seen as elements: `offset` is in bytes.

    (C1) the range lies inside the arena; (C2) `offset` is a multiple of the element's size; (C3)
    the arena is flat and of bytes, the range is flat.
    """

    name = "vpool.view"
    arena = operand_def(MemRefType)
    offset = prop_def(IntegerAttr[I64])
    result = result_def(MemRefType)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$arena `[` $offset `]` attr-dict `:` type($arena) `to` type($result)"

    def __init__(self, arena: SSAValue, offset: int, result_type: MemRefType[Attribute]):
        super().__init__(
            operands=[arena],
            result_types=[result_type],
            properties={"offset": IntegerAttr(offset, i64)},
        )

    def verify_(self) -> None:
        arena, result = self.arena.type, self.result.type
        assert isa(arena, MemRefType)
        flat = arena.get_num_dims() == result.get_num_dims() == 1
        if not flat or arena.element_type != ARENA_ELEMENT:
            raise VerifyException(f"(C3) expected flat bytes as arena, found {arena} to {result}")
        offset = self.offset.value.data
        end = offset + byte_size(result)
        if offset < 0 or end > byte_size(arena):
            raise VerifyException(
                f"(C1) bytes {offset} to {end} lie outside the arena of {byte_size(arena)} bytes"
            )
        if offset % element_bytes(result.element_type):
            raise VerifyException(f"(C2) offset {offset} is not aligned for {result.element_type}")


def _flat_element(memory: Attribute) -> Attribute:
    assert isa(memory, MemRefType)
    if memory.get_num_dims() != 1:
        raise VerifyException(f"(C1) memory must be flat, found {memory}")
    return memory.element_type


@irdl_op_definition
class LoadOp(IRDLOperation):
    """Load one element into a register: integers are extended to i32 (or stay i64), by their sign.

    (C1) memory is flat; (C2) the result is i32 for integers up to 32 bits, i64, or f32; (C3) memory
    is not of the kind "rows".
    """

    name = "vpool.load"
    memory = operand_def(MemRefType)
    index = operand_def(IndexType)
    result = result_def()
    traits = traits_def(MemoryReadEffect())
    assembly_format = "$memory `[` $index `]` attr-dict `:` type($memory) `->` type($result)"

    def __init__(self, memory: SSAValue, index: SSAValue):
        super().__init__(
            operands=[memory, index], result_types=[register_type(_flat_element(memory.type))]
        )

    def verify_(self) -> None:
        expected = register_type(_flat_element(self.memory.type))
        if self.result.type != expected:
            raise VerifyException(f"(C2) result must be {expected}, found {self.result.type}")
        if gives_rows(self.memory.type):
            raise VerifyException("(C3) rows have to be read before elements of them are loaded")


@irdl_op_definition
class StoreOp(IRDLOperation):
    """Store a register to one element; the value must fit the element (it is truncated).

    (C1) memory is flat; (C2) the value is i32 for integers up to 32 bits, i64, or f32.
    """

    name = "vpool.store"
    value = operand_def()
    memory = operand_def(MemRefType)
    index = operand_def(IndexType)
    traits = traits_def(MemoryWriteEffect())
    assembly_format = (
        "$value `,` $memory `[` $index `]` attr-dict `:` type($value) `,` type($memory)"
    )

    def __init__(self, value: SSAValue, memory: SSAValue, index: SSAValue):
        super().__init__(operands=[value, memory, index])

    def verify_(self) -> None:
        expected = register_type(_flat_element(self.memory.type))
        if self.value.type != expected:
            raise VerifyException(f"(C2) value must be {expected}, found {self.value.type}")


def is_unsigned(element: Attribute) -> bool:
    """Whether an element type is unsigned: `ui8`, or a boolean."""
    return isa(element, IntegerType) and (
        element.signedness.data == Signedness.UNSIGNED or element.width.data == 1
    )


ARENA_ELEMENT: IntegerType = i8
"""Element type of the arena: bytes."""

VPOOL = Dialect(
    "vpool",
    [
        KernelOp,
        LaunchOp,
        YieldOp,
        UnpackOp,
        UnshiftBiasOp,
        ViewOp,
        LoadOp,
        StoreOp,
        FetchOp,
        ReadRowsOp,
    ],
    [ScheduleAttr],
)

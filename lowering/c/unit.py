"""A network as a C translation unit: API, weights, kernels, and the function that runs them.

Input is a module at the loop level (after `lower-kernels`); output is text, the same bytes for the
same module on every machine.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version as package_version
from typing import Any, cast

import jinja2
import numpy as np
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    StringAttr,
    TensorType,
)
from xdsl.ir import Attribute, BlockArgument, OpResult, SSAValue

from ...dialects import dsp, fxp, helium, vpool
from ...dialects.errors import NnoptError
from ...dialects.interpreters.vpool import memory_dtype
from ...dialects.strips import gives_rows
from ...passes.analysis.symbols import LONGEST
from ...passes.schedule.row_chain import STRIPS
from . import strips
from .arrays import WeightArray, array_text
from .external import OWN_FILES, ExternalFiles, external_files
from .headers import RUNTIME_HEADERS, header_names, needed_headers
from .memory_map import Range, memory_map
from .names import Names, check_prefix, identifier
from .printer import FunctionPrinter, parameter
from .spelling import Expression, c_type, pointer
from .state import StatePlace, copy_lines, place_states, pointer_lines, reset_lines
from .tensors import Arena, Encoding, IoTensor, Layer, LayerOutput

CFLAGS = ("-O2", "-ffp-contract=off", "-fno-tree-vectorize")
"""Compiler options that the generated code asks for. The last two keep floats bit-exact: no fused
multiply-add, and no vector unit that flushes subnormals (Helium)."""


@dataclass
class Unit:
    """The C of one network. `single_file` puts weights and code together (for `-t c`)."""

    module: ModuleOp
    prefix: str = "net"
    target: str = "portable"
    single_file: bool = False
    cflags: Sequence[str] = CFLAGS
    names: Names = field(init=False)

    def __post_init__(self) -> None:
        check_prefix(self.prefix)
        self.names = Names(self.prefix, self._reserved())
        functions = [op for op in self.module.body.block.ops if isinstance(op, func.FuncOp)]
        mains = [f for f in functions if f.sym_visibility != StringAttr("private")]
        if len(mains) != 1 or mains[0].arg_attrs is None:
            raise NnoptError(
                "C needs a module at the loop level: run place and lower-kernels before"
            )
        self.main = mains[0]
        self.kernels = [f for f in functions if f is not self.main]
        constants = [op for op in self.module.body.block.ops if isinstance(op, memref.GlobalOp)]
        self.symbols = {self.names.symbol(op.sym_name.data) for op in [*constants, *self.kernels]}

    def _reserved(self) -> list[str]:
        """Names that the templates and the runtime headers define."""
        macros = ("H", "ARENA_BYTES", "ARENA_ALIGN", "LAYERS", "STATE_BYTES", "STATE_ALIGN")
        macros = (*macros, "WEIGHTS", "WEIGHTS_H")
        functions = [name for header in RUNTIME_HEADERS for name in header_names(header)]
        reading = (strips.reader_type, strips.source_type, strips.fetch_function)
        return [
            self.entry,
            self.reset_name,
            *(name(self.prefix) for name in reading),
            *(f"{self.macro}_{macro}" for macro in macros),
            *functions,
        ]

    @property
    def macro(self) -> str:
        """The prefix in capitals."""
        return self.prefix.upper()

    @property
    def entry(self) -> str:
        """Name of the function that runs the network."""
        return f"{self.prefix}_run"

    @cached_property
    def arenas(self) -> list[Arena]:
        """The arenas that the caller gives, the last parameters; one if there are not several."""
        attributes, found, base = self.main.arg_attrs, list[Arena](), 0
        assert attributes is not None
        for attrs, arg in zip(attributes.data, self.main.body.block.args, strict=True):
            if _text(attrs, "vpool.role") != "arena":
                continue
            name = _text(attrs, vpool.MEMORY)
            c_name, pool, macro = "arena", "pool", f"{self.macro}_ARENA_BYTES"
            if name:
                c_name, pool = f"arena_{name}", f"pool_{name}"
                macro = f"{self.macro}_ARENA_{name.upper()}_BYTES"
            size = vpool.byte_size(cast(MemRefType[Attribute], arg.type))
            found.append(Arena(name, c_name, pool, macro, size, base))
            base += size
        return found

    @property
    def arena_bytes(self) -> int:
        """Size of the arena that the caller gives; of all together if there are several."""
        return sum(arena.bytes for arena in self.arenas)

    def _arena(self, name: str) -> int:
        return next(n for n, arena in enumerate(self.arenas) if arena.name == name)

    @property
    def scratch_bytes(self) -> int:
        """Part of the arena that is there for the scratch memory of kernels."""
        share = self.main.attributes.get("vpool.scratch")
        return share.value.data if isinstance(share, IntegerAttr) else 0

    @property
    def placement_is_proven(self) -> bool:
        """Whether no smaller arena exists for this schedule with whole tensors."""
        proven = self.main.attributes.get("vpool.proven")
        return isinstance(proven, IntegerAttr) and proven.value.data != 0

    @cached_property
    def arena_align(self) -> int:
        """Alignment of the arena in bytes."""
        views = (op for op in self.main.walk() if isinstance(op, vpool.ViewOp))
        widths = (vpool.element_bytes(view.result.type.element_type) for view in views)
        pooled = (np.dtype(t.dtype).itemsize for t in self._io if t.offset is not None)
        asked = self.main.attributes.get("vpool.align")
        least = asked.value.data if isinstance(asked, IntegerAttr) else 4
        return max([4, least, *widths, *pooled])

    @cached_property
    def _io(self) -> list[IoTensor]:
        attributes = self.main.arg_attrs
        assert attributes is not None
        arenas = {text for arena in self.arenas for text in (arena.c_name, arena.pool)}
        taken = {
            "arena",
            "pool",
            *arenas,
            "state",
            "memory",
            "i",
            *self.symbols,
            *self.names.reserved,
        }
        if any(STRIPS in attrs.data for attrs in attributes.data):
            taken |= {strips.READ, strips.CONTEXT}
        macros: set[str] = set()
        tensors: list[IoTensor] = []
        for attrs, arg in zip(attributes.data, self.main.body.block.args, strict=True):
            if _text(attrs, "vpool.role") == "arena":
                continue
            given = identifier(_text(attrs, "nn.name") or arg.name_hint or "tensor")
            hint = identifier(given[:LONGEST])
            name, number = hint, 1
            while name in taken or name.upper() in macros:
                name, number = f"{hint}{number}", number + 1
            taken.add(name)
            macros.add(name.upper())
            tensors.append(self._tensor(attrs, name, cast(MemRefType[Attribute], arg.type)))
        return tensors

    def _tensor(self, attrs: DictionaryAttr, name: str, type_: MemRefType[Attribute]) -> IoTensor:
        role = _text(attrs, "vpool.role")
        tensor = attrs.data.get("vpool.tensor")
        shape = tensor.get_shape() if isinstance(tensor, TensorType) else type_.get_shape()
        encoding = attrs.data.get("nn.encoding")
        onnx_shape = _integers(attrs, "nn.shape")
        offset, strips_ = attrs.data.get("vpool.offset"), _integers(attrs, STRIPS)
        memory = self._arena(_text(attrs, vpool.MEMORY)) if offset is not None else 0
        dtype = memory_dtype(type_.element_type).name
        return IoTensor(
            role=role,
            name=_text(attrs, "nn.name") or name,
            c_name=name,
            macro=f"{self.macro}_{name.upper()}",
            c_type=c_type(type_.element_type),
            dtype=dtype,
            shape=shape,
            onnx_shape=onnx_shape if onnx_shape is not None else shape,
            perm=_integers(attrs, "nn.perm"),
            encoding=Encoding(float(encoding.scales[0]), int(encoding.zero_points[0]))
            if isinstance(encoding, fxp.FxpType)
            else None,
            onnx_dtype=memory_dtype(attrs.data.get("nn.type", type_.element_type)).name,
            offset=offset.value.data if isinstance(offset, IntegerAttr) else None,
            memory=memory,
            base=self.arenas[memory].base if offset is not None else 0,
            strips=None if strips_ is None else (strips_[0], strips_[1]),
        )

    @cached_property
    def _states(self) -> tuple[list[StatePlace], int, int]:
        """Places of the states, size and alignment of their memory."""
        attributes = self.main.arg_attrs
        assert attributes is not None
        tensors = list(zip(self._io, self.main.body.block.args, strict=False))
        results = {t.name: (t, arg) for t, arg in tensors if t.role == "output"}
        pairs: list[tuple[IoTensor, SSAValue, IoTensor, SSAValue, int, int]] = []
        for (tensor, arg), attrs in zip(tensors, attributes.data, strict=False):
            result = results.get(_text(attrs, "nn.state")) if tensor.role == "input" else None
            if result is not None:
                type_ = cast(MemRefType[Attribute], arg.type)
                size, align = vpool.byte_size(type_), vpool.element_bytes(type_.element_type)
                pairs.append((tensor, arg, *result, size, align))
        return place_states(self.main.body.block, pairs)

    @property
    def states(self) -> list[StatePlace]:
        """Tensors that are kept between calls, in the order of the inputs."""
        return self._states[0]

    @property
    def state_bytes(self) -> int:
        """Size of the memory that keeps states."""
        return self._states[1]

    @property
    def state_align(self) -> int:
        """Its alignment in bytes."""
        return self._states[2]

    def _of_the_caller(self, role: str) -> list[IoTensor]:
        kept = [tensor for place in self.states for tensor in (place.tensor, place.result)]
        return [t for t in self._io if t.role == role and t not in kept]

    @property
    def inputs(self) -> list[IoTensor]:
        """Inputs in order, without states."""
        return self._of_the_caller("input")

    @property
    def outputs(self) -> list[IoTensor]:
        """Outputs in order, without states."""
        return self._of_the_caller("output")

    @property
    def strips(self) -> IoTensor | None:
        """The input whose rows are asked for, if there is one."""
        return next((t for t in self._io if t.strips is not None), None)

    @property
    def strip_functions(self) -> str:
        """What kernels ask for rows with."""
        return "" if self.strips is None else strips.definitions(self.prefix, self.strips)

    @property
    def reader_typedef(self) -> str:
        """The type of the caller's function that gives rows."""
        return "" if self.strips is None else strips.reader_typedef(self.prefix, self.strips)

    @property
    def parameters(self) -> list[str]:
        """Parameters of the run function."""
        inputs: list[str] = []
        for t in self.inputs:
            if t.strips is not None:
                inputs += strips.parameters(self.prefix)
            elif t.offset is None:
                inputs.append(f"const {t.c_type} *{t.c_name}")
        outputs = [f"{t.c_type} *{t.c_name}" for t in self.outputs if t.offset is None]
        state = ["void *state"] if self.states else []
        return [*inputs, *outputs, *state, *(f"void *{arena.c_name}" for arena in self.arenas)]

    @property
    def declaration(self) -> str:
        """Declaration of the run function."""
        return _signature(f"int {self.entry}", self.parameters) + ";"

    @cached_property
    def layers(self) -> list[Layer]:
        """The kernel calls in order."""
        calls = [op for op in self.main.body.block.ops if isinstance(op, func.CallOp)]
        layers: list[Layer] = []
        for index, call in enumerate(calls):
            name, kind = (call.attributes.get(k) for k in ("nn.layer", "nn.op"))
            macs = call.attributes.get("nn.macs")
            layers.append(
                Layer(
                    index,
                    name.data if isinstance(name, StringAttr) else call.callee.string_value(),
                    kind.data if isinstance(kind, StringAttr) else "kernel",
                    macs.value.data if isinstance(macs, IntegerAttr) else 0,
                    self._layer_output(call),
                )
            )
        return layers

    def _layer_output(self, call: func.CallOp) -> LayerOutput:
        position, tensor = (call.attributes.get(k) for k in ("nn.output", "nn.tensor"))
        if not isinstance(position, IntegerAttr) or not isinstance(tensor, TensorType):
            raise NnoptError(
                f"the call of kernel {call.callee.string_value()} does not tell what it writes "
                "(nn.output, nn.tensor)"
            )
        memory = call.arguments[position.value.data]
        type_ = cast(MemRefType[Attribute], memory.type)
        where, index, offset = "arena", 0, 0
        if isinstance(memory, OpResult) and isinstance(memory.op, vpool.ViewOp):
            offset = memory.op.offset.value.data + self.base_of(memory.op)
        else:
            tensor_of = dict(zip(self.main.body.block.args, self._io, strict=False))
            written = tensor_of[cast(BlockArgument, memory)]
            kept = next((p for p in self.states if p.result == written), None)
            if kept is not None:
                where, offset = "state", kept.next_offset
            else:
                where, index = "output", self.outputs.index(written)
        shape = cast(TensorType[Attribute], tensor).get_shape()
        dtype = memory_dtype(type_.element_type).name
        return LayerOutput(where, index, offset, vpool.byte_size(type_), dtype, shape)

    def base_of(self, view: vpool.ViewOp) -> int:
        """Bytes of all arenas before the one of a range."""
        first = len(self.main.body.block.args) - len(self.arenas)
        return self.arenas[cast(BlockArgument, view.arena).index - first].base

    @property
    def memory(self) -> list[Range]:
        """What lives where in the arena, and when; several count as one, one after the other."""
        calls = [op for op in self.main.body.block.ops if isinstance(op, func.CallOp)]
        tensors = zip(self.main.body.block.args, self._io, strict=False)
        return memory_map(
            calls,
            {a: (t.role, t.name, t.base + t.offset) for a, t in tensors if t.offset is not None},
            self.base_of,
        )

    @cached_property
    def arrays(self) -> list[WeightArray]:
        """All constant arrays of the module."""
        arrays: list[WeightArray] = []
        for op in self.module.body.block.ops:
            if not isinstance(op, memref.GlobalOp):
                continue
            value = op.initial_value
            assert isinstance(value, DenseIntOrFPElementsAttr)
            element = op.type.element_type
            data = np.frombuffer(value.data.data, memory_dtype(element))
            count = op.type.element_count()
            data = np.broadcast_to(data, (count,)) if data.size == 1 else data
            arrays.append(WeightArray(self.names.symbol(op.sym_name.data), c_type(element), data))
        return arrays

    @property
    def weights_bytes(self) -> int:
        """Bytes of all constant arrays."""
        return sum(a.values.itemsize * a.elements for a in self.arrays)

    @cached_property
    def weights(self) -> str:
        """Definitions of all constant arrays."""
        macro = "" if self.single_file else f"{self.macro}_WEIGHTS"
        linkage = "static " if self.single_file else ""
        return "\n\n".join(array_text(a, macro, linkage) for a in self.arrays)

    @property
    def headers_of_weights(self) -> list[str]:
        """Standard headers that the constant arrays need."""
        not_finite = any(not array.is_finite for array in self.arrays)
        booleans = any(array.c_type == "bool" for array in self.arrays)
        return ["math.h"] * not_finite + ["stdbool.h"] * booleans + ["stdint.h"]

    @property
    def headers_of_api(self) -> list[str]:
        """Standard headers that the declaration of the run function needs."""
        return ["stdbool.h"] * any(t.c_type == "bool" for t in self._io) + ["stdint.h"]

    @cached_property
    def functions(self) -> list[str]:
        """The kernels, as static functions."""
        return [self._function(f) for f in self.kernels]

    def _function(self, function: func.FuncOp) -> str:
        printer = FunctionPrinter(self.names)
        with self.names.scope():
            names = [_local(printer, arg) for arg in function.body.block.args]
            for arg, name in zip(function.body.block.args, names, strict=True):
                if not list(arg.uses):
                    printer.line(f"(void){name};")
            parameters = [
                f"{strips.source_type(self.prefix)} *{name}"
                if gives_rows(arg.type)
                else parameter(arg, name)
                for arg, name in zip(function.body.block.args, names, strict=True)
            ]
            printer.block(function.body.block)
        name = self.names.symbol(function.sym_name.data)
        # inlined into a larger function, the registers of the inner loop would not suffice
        apart = any(
            isinstance(op, dsp.DotOp | dsp.TileOp | dsp.DepthwiseOp | dsp.UnpackedOp | helium.DotOp)
            for op in function.walk()
        )
        head = "static NNOPT_KERNEL void" if apart else "static void"
        if any(isinstance(op, dsp.RealDotOp) for op in function.walk()):
            head = "static NNOPT_REAL_KERNEL void"
        if any(isinstance(op, dsp.DotOp) and op.lanes is not None for op in function.walk()):
            head = "static NNOPT_BLOCKS void"
        return _definition(f"{head} {name}", parameters, printer.lines)

    @cached_property
    def run(self) -> str:
        """The function that runs all kernels in order."""
        printer = FunctionPrinter(self.names)
        count = len(self.main.body.block.args) - len(self.arenas)
        arguments = self.main.body.block.args[:count]
        for arena, memory in zip(self.main.body.block.args[count:], self.arenas, strict=True):
            printer.bind(arena, memory.pool)
            pooled = [t.memory for t in self._io if t.offset is not None]
            used = list(arena.uses) or self.arenas.index(memory) in pooled
            c_name = memory.c_name
            printer.line(f"int8_t *const {memory.pool} = {c_name};" if used else f"(void){c_name};")
        for arg, tensor in zip(arguments, self._io, strict=True):
            printer.bind(arg, tensor.c_name if tensor.strips is None else f"&{tensor.c_name}")
            if tensor.strips is not None:
                printer.line(strips.start(self.prefix, tensor))
            if tensor.offset is not None:
                type_ = cast(MemRefType[Attribute], arg.type)
                place = pointer(
                    Expression(self.arenas[tensor.memory].pool), tensor.offset, type_.element_type
                ).text
                printer.line(f"{tensor.c_type} *const {tensor.c_name} = {place};")
        for line in pointer_lines(self.states):
            printer.line(line)
        for arg, tensor in zip(arguments, self._io, strict=True):
            if not list(arg.uses):
                printer.line(f"(void){tensor.c_name};")
        number = 0
        for op in self.main.body.block.ops:
            if isinstance(op, func.CallOp):
                layer = self.layers[number]
                work = f", {layer.macs:,} MACs" if layer.macs else ""
                printer.line("")
                for text in _comment_lines(f"{number}: {layer.name} ({layer.op}{work})"):
                    printer.line(text)
                printer.line(f"NNOPT_LAYER({number}u);")
                number += 1
            if not isinstance(op, func.ReturnOp):
                printer.statement(op)
            if isinstance(op, func.CallOp) and any(gives_rows(v.type) for v in op.arguments):
                assert self.strips is not None
                for line in strips.check(self.strips):
                    printer.line(line)
        printer.line("")
        printer.line(f"NNOPT_LAYER({number}u);")
        for line in copy_lines(self.states):
            printer.line(line)
        printer.line("return 0;")
        return _definition(f"int {self.entry}", self.parameters, printer.lines)

    @property
    def reset_name(self) -> str:
        """Name of the function that sets all states to zero."""
        return f"{self.prefix}_reset"

    @property
    def reset_declaration(self) -> str:
        """Declaration of that function."""
        return f"void {self.reset_name}(void *state);"

    @cached_property
    def reset(self) -> str:
        """The function that sets all states to zero."""
        lines = [f"    {line}" if line else "" for line in reset_lines(self.states)]
        return _definition(f"void {self.reset_name}", ["void *state"], lines)

    @cached_property
    def external_files(self) -> ExternalFiles:
        """Files of other packages that the code needs. Raises NnoptError."""
        return external_files(self.kernels, [f"{self.prefix}{end}" for end in OWN_FILES])

    @cached_property
    def headers(self) -> list[str]:
        """The runtime headers that the code needs."""
        text = "\n".join([*self.functions, self.run, *self.external_files.all.values()])
        return needed_headers(text)

    def render(self, template: str) -> str:
        """One of the templates, filled in."""
        return environment().get_template(template).render(unit=self, version=version())


def _local(printer: FunctionPrinter, arg: Any) -> str:
    name = printer.names.local(arg.name_hint or "x")
    printer.bind(arg, name)
    return name


def _definition(head: str, parameters: Sequence[str], body: Sequence[str]) -> str:
    """A function definition."""
    return "\n".join([_signature(head, parameters), "{", *body, "}"])


def _signature(head: str, parameters: Sequence[str]) -> str:
    """A function's head; parameters are wrapped at 100 columns."""
    lines: list[str] = []
    current = f"{head}("
    pad = " " * len(current)
    for index, text in enumerate(parameters):
        piece = text + (")" if index == len(parameters) - 1 else ",")
        if len(current) + len(piece) + 1 > 100 and not current.endswith("("):
            lines.append(current)
            current = pad + piece
        else:
            current += piece if current.endswith("(") else f" {piece}"
    return "\n".join([*lines, current])


def _comment(text: str) -> str:
    """Text that is safe inside a C comment."""
    clean = "".join(c if c.isprintable() else "?" for c in text)
    clean = clean.replace("*/", "* /").replace("/*", "/ *")
    return re.sub(r"\?(?=\?)", "? ", clean)  # no trigraphs


def _comment_lines(text: str) -> list[str]:
    """A C comment, wrapped; names that a converter joined with semicolons may be broken there."""
    clean = _comment(text).replace(";", "; ")
    rows = textwrap.wrap(clean, 88, break_long_words=False) or [""]
    lines = [f"{' * ' if index else '/* '}{row}" for index, row in enumerate(rows)]
    return [*lines[:-1], f"{lines[-1]} */"]


def _text(attrs: DictionaryAttr, key: str) -> str:
    value = attrs.data.get(key)
    return value.data if isinstance(value, StringAttr) else ""


def _integers(attrs: DictionaryAttr, key: str) -> tuple[int, ...] | None:
    value = attrs.data.get(key)
    return tuple(int(v) for v in value.get_values()) if isinstance(value, DenseArrayBase) else None


def version() -> str:
    """Version of nnopt."""
    return package_version("nnopt")


def environment() -> jinja2.Environment:
    """The templates of this package."""
    loaded = jinja2.Environment(
        loader=jinja2.PackageLoader("nnopt.lowering.c"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    loaded.filters["comment"] = _comment
    return loaded

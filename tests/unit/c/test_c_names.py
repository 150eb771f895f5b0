"""Names of networks and layers become C that compiles, whatever they are."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from kernel_lab import FLAGS, RUNTIME
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    f32,
    i1,
)
from xdsl.ir import Block, SSAValue

from nnopt.dialects import nn, vpool
from nnopt.dialects.errors import NnoptError
from nnopt.lowering.c.names import KEYWORDS, Names, identifier, unique
from nnopt.lowering.c.unit import Unit
from nnopt.lowering.kernels.lower_kernels import LowerKernelsPass
from nnopt.passes.memory.place import PlacePass
from nnopt.tools.package import source_files

HOSTILE = [
    "run",
    "Run",
    "int",
    "and",
    "pool",
    "arena",
    "weights",
    "x",
    "out",
    "0",
    "",
    "a/b:c",
    "a b c",
    "größe",
    "层",
    "net_run",
    "net",
    "NNOPT_LAYER",
    "nnopt_exp",
    "INT32_MAX_",
    "*/ #error */",
    "/* /* //",
    "what???/",
    "??/\n#error",
    "a\n#error b",
    "\\",
    'quote"',
    "\u202e",
    "ARENA_BYTES",
    "layers",
    "x" * 300,
]


def network(names: list[str]) -> ModuleOp:
    """Layers, inputs and outputs of all the names, in one network."""
    tensor, flags = TensorType(f32, [4]), TensorType(i1, [4])
    main = Block(arg_types=[tensor if i % 2 else flags for i in range(len(names))])
    constant = nn.ConstantOp.from_array(np.array([np.inf, -np.inf, np.nan, 1e-45], np.float32))
    main.add_op(constant)
    results: list[SSAValue] = []
    for name, arg in zip(names, main.args, strict=True):
        body = Block(arg_types=[arg.type, tensor])
        cast = nn.CastOp(body.args[0], f32)
        total = nn.AddOp(cast.results[0], body.args[1])
        body.add_ops([cast, total, vpool.YieldOp(total.result)])
        kernel = vpool.KernelOp(name, [arg, constant.results[0]], [tensor], body)
        main.add_op(kernel)
        results.append(kernel.outputs[0])
    main.add_op(func.ReturnOp(*results))
    function = func.FuncOp("main", ([a.type for a in main.args], [tensor] * len(names)))
    function.body.detach_block(function.body.block)
    function.body.add_block(main)
    named = [DictionaryAttr({"nn.name": StringAttr(name)}) for name in names]
    function.arg_attrs = function.res_attrs = ArrayAttr(named)
    module = ModuleOp([function])
    PlacePass().apply(Context(), module)
    LowerKernelsPass().apply(Context(), module)
    module.verify()
    return module


@pytest.mark.parametrize("compiler", ["gcc", "clang", "g++"])
@pytest.mark.parametrize("prefix", ["net", "N", "nnopt"])
def test_hostile_names_compile(compiler: str, prefix: str, tmp_path: Path):
    unit = Unit(network(HOSTILE), prefix=prefix)
    for name, text in source_files(unit).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "user.c").write_text(f'#include "{prefix}.h"\n', encoding="utf-8")
    files = ["user.c"] if compiler == "g++" else ["user.c", f"{prefix}.c", f"{prefix}_weights.c"]
    flags = ["-x", "c++", "-std=c++11", "-Wall"] if compiler == "g++" else FLAGS
    command = [compiler, *flags, f"-I{RUNTIME}", "-I.", "-fsyntax-only", *files]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]


def test_names_of_inputs_and_macros_differ():
    unit = Unit(network([*HOSTILE, "X", "Layers"]))
    tensors = [*unit.inputs, *unit.outputs]
    assert len({t.c_name for t in tensors}) == len({t.macro for t in tensors}) == len(tensors)
    assert not {t.c_name for t in tensors} & unit.symbols


def test_comments_end_where_they_should():
    text = Unit(network(HOSTILE)).render("header.h.j2")
    inside = text.split("/*")[1:]
    assert all(part.count("*/") == 1 for part in inside)
    assert "??" not in text


def test_identifier():
    assert identifier("conv1/Conv:0") == "conv1_Conv_0"
    assert identifier("3x3") == "x3x3"
    assert identifier("größe") == "gr_e"
    assert identifier("") == identifier("层") == "x"
    assert identifier("while") == "while_"
    assert all(identifier(word) not in KEYWORDS for word in KEYWORDS)


def test_unique():
    assert unique("a", set()) == "a"
    assert unique("a", {"a", "a1"}) == "a2"


def test_locals_end_with_their_scope():
    names = Names()
    assert names.local("i") == "i"
    with names.scope():
        assert names.local("i") == "i1"
    assert names.local("i") == "i1"


def test_symbols_are_stable_and_not_reserved():
    names = Names("net", ["net_run"])
    assert names.symbol("run") == "net_run1"
    assert names.symbol("conv/1") == "net_conv_1"
    assert names.symbol("conv_1") == "net_conv_11"
    assert names.symbol("conv/1") == "net_conv_1"


@pytest.mark.parametrize("prefix", ["3d", "a-b", "a b", ""])
def test_bad_prefixes_are_refused(prefix: str):
    with pytest.raises(NnoptError, match="is not a C identifier"):
        Unit(network(["a"]), prefix=prefix)


@pytest.mark.parametrize("prefix", ["int", "class", "INT8_MAX"])
def test_a_prefix_that_is_taken_is_refused_as_that(prefix: str):
    with pytest.raises(NnoptError, match="have taken"):
        Unit(network(["a"]), prefix=prefix)

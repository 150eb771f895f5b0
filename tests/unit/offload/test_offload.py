"""The offloading of parts of a network: what accelerators may claim, and what is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from onnx import TensorProto, helper
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from nnopt import Accelerator, ClaimPattern, DriverCall, OffloadedRegion, register_accelerator
from nnopt.dialects import accel, nn
from nnopt.dialects.errors import NnoptError
from nnopt.dialects.interpreters import run_function
from nnopt.dialects.interpreters.placed import run_placed
from nnopt.passes.offload import accelerator as registry
from nnopt.passes.offload.offload import decisions_of
from nnopt.tools.compile import compile_model, compile_module
from nnopt.tools.pipeline import Options
from nnopt.tools.run import check_c, run_package

HEADER = """#ifndef SUMS_H
#define SUMS_H
#include <stdint.h>
void sums(const float *a, const float *b, float *y, void *scratch, int32_t count, float one);
#endif
"""
DRIVER = """#include "sums.h"
void sums_hardware(const float *a, const float *b, float *y, int32_t count);
void sums(const float *a, const float *b, float *y, void *scratch, int32_t count, float one)
{
    float *const copy = scratch;
    for (int32_t i = 0; i < count; i++)
        copy[i] = b[i] * one;
    sums_hardware(a, copy, y, count);
}
"""
MODEL = """#include <stdint.h>
void sums_hardware(const float *a, const float *b, float *y, int32_t count);
void sums_hardware(const float *a, const float *b, float *y, int32_t count)
{
    static volatile float state;
    for (int32_t i = 0; i < count; i++) {
        state = a[i] + b[i];
        y[i] = state;
    }
}
"""


class ClaimSums(ClaimPattern):
    """Sums of two tensors of one shape."""

    def claimed(self, op: Operation) -> Sequence[Operation]:
        return (op,) if isinstance(op, nn.AddOp) and op.lhs.type == op.rhs.type else ()


class Note(ModulePass):
    """A pass of a vendor: it counts how often it ran."""

    name = "note"
    runs: ClassVar[list[str]] = []

    def __init__(self, when: str):
        self.when = when

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        claimed = any(isinstance(o, accel.OffloadOp) for o in op.walk())
        self.runs.append(f"{self.when}, {'claimed' if claimed else 'nothing claimed'}")


@dataclass(frozen=True)
class Sums(Accelerator):
    """Adds; its answers can be bent."""

    name: ClassVar[str] = "sums"
    folder: ClassVar[Path]
    alignment: ClassVar[int] = 4
    bent: ClassVar[dict[str, Any]] = {}
    passes: ClassVar[tuple[Sequence[ModulePass], Sequence[ModulePass]]] = ((), ())

    speed: int = 2
    mode: str = "plain"

    def patterns(self) -> Sequence[RewritePattern]:
        return [ClaimSums(self)]

    def before(self) -> Sequence[ModulePass]:
        return self.passes[0]

    def after(self) -> Sequence[ModulePass]:
        return self.passes[1]

    def refuse(self, region: OffloadedRegion) -> str:
        reason: str = self.bent.get("refuse", "")
        return reason.format(node=region.nodes[0], size=region.inputs[0].size)

    def cycles(self, region: OffloadedRegion) -> float:
        return self.bent.get("cycles", 1.0 / self.speed)

    def call(self, region: OffloadedRegion) -> DriverCall:
        count = region.inputs[0].size
        usual = DriverCall("sums", parameters=[count, 1.0], scratch_bytes=4 * count)
        return self.bent.get("call", usual)

    def reference(self, region: OffloadedRegion, *inputs: np.ndarray[Any, Any]) -> Any:
        a, b = inputs
        answers = {"difference": a - b, "a part": (a + b)[0]}
        return answers[self.bent["reference"]] if "reference" in self.bent else a + b


@dataclass
class Vendor:
    """The registered accelerator, and a network that it has a part in."""

    model: Path
    out: Path
    bent: dict[str, Any] = field(default_factory=dict[str, Any])

    def module(self, **options: Any) -> ModuleOp:
        found: list[ModuleOp] = []
        observe: Callable[[str, ModuleOp], None] = lambda phase, module: (
            found.append(module.clone()) if phase == "integer" else None
        )
        options = {"accelerators": ("sums",), **options}
        compile_module(self.model, Options(place="first-fit", **options), observe)
        return found[0]


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    for name, text in (("sums.h", HEADER), ("sums.c", DRIVER), ("sums_model.c", MODEL)):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(registry, "_REGISTERED", {})
    monkeypatch.setattr(registry, "_LOADED", {"yes"})
    bent: dict[str, Any] = {}
    monkeypatch.setattr(Sums, "bent", bent)
    monkeypatch.setattr(Sums, "headers", (tmp_path / "sums.h",))
    monkeypatch.setattr(Sums, "sources", (tmp_path / "sums.c",))
    monkeypatch.setattr(Sums, "models", (tmp_path / "sums_model.c",))
    register_accelerator(Sums)
    float32 = TensorProto.FLOAT
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], name="first"),
        helper.make_node("Add", ["x", "a"], ["b"], name="sum"),
        helper.make_node("Neg", ["b"], ["y"], name="last"),
    ]
    io = [[helper.make_tensor_value_info(name, float32, [1, 6])] for name in "xy"]
    model = helper.make_model(
        helper.make_graph(nodes, "g", io[0], io[1]), opset_imports=[helper.make_opsetid("", 17)]
    )
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    yield Vendor(tmp_path / "net.onnx", tmp_path / "out", bent)


X = {"x": np.random.default_rng(0).normal(size=(3, 1, 6)).astype(np.float32)}
Y = -(X["x"] + np.maximum(X["x"], 0))


@pytest.mark.parametrize("board", ["host", "mps2-an386"])
def test_the_c_calls_the_driver(vendor: Vendor, board: str) -> None:
    unit = compile_model(vendor.model, vendor.out, Options(accelerators=("sums",)))
    assert [layer.op for layer in unit.layers] == ["relu", "offload", "negate"]
    text = (vendor.out / "net.c").read_text()
    assert '#include "sums.h"' in text and "sums_hardware" not in text
    assert "sums(x, y, out, scratch, 6, 1.0f);" in text
    run = run_package(vendor.out, X, board, sanitize=board == "host")
    assert np.array_equal(run.outputs["y"], Y)
    cmake = (vendor.out / "CMakeLists.txt").read_text()
    assert "target_sources(net PRIVATE sums.c)" in cmake and "NET_MODELS" in cmake


def test_its_c_is_held_to_the_same_rules(vendor: Vendor) -> None:
    compile_model(vendor.model, vendor.out, Options(accelerators=("sums",)))
    assert check_c(vendor.out, X) == []  # what plays the hardware may keep a state
    Path(Sums.sources[0]).write_text(DRIVER + "int kept = 1;\n")
    compile_model(vendor.model, vendor.out, Options(accelerators=("sums",)))
    assert any("writable globals" in problem for problem in check_c(vendor.out))


def test_every_level_runs_it(vendor: Vendor) -> None:
    seen: list[str] = []

    def observe(phase: str, module: ModuleOp) -> None:
        if phase in ("integer", "scheduled", "placed", "loops"):
            run = run_placed if phase in ("placed", "loops") else run_function
            outputs = run(module, {"x": X["x"][0]})
            assert np.array_equal(outputs["y"].reshape(Y[0].shape), Y[0])
            seen.append(phase)

    compile_module(vendor.model, Options(accelerators=("sums",)), observe)
    assert seen == ["integer", "scheduled", "placed", "loops"]


def test_where_nodes_went_and_why(vendor: Vendor) -> None:
    rows = {row["node"]: row for row in decisions_of(vendor.module())}
    assert rows["first"]["why"] == "not claimed by sums" and rows["last"]["where"] == "cpu"
    assert rows["sum"]["where"] == "sums" and rows["sum"]["why"].startswith("0 cycles estimated, ")
    vendor.bent["cycles"] = 1e9
    rows = {row["node"]: row for row in decisions_of(vendor.module())}
    assert rows["sum"]["why"].startswith("sums: not worth it: 1,000,000,000 cycles estimated, ")
    vendor.bent["refuse"] = "{node} has {size} elements"
    module = vendor.module()
    rows = {row["node"]: row for row in decisions_of(module)}
    assert rows["sum"] == {"node": "sum", "where": "cpu", "why": "sums: sum has 6 elements"}
    assert not any(isinstance(op, accel.OffloadOp) for op in module.walk())
    assert decisions_of(vendor.module(accelerators=())) == []


def test_passes_before_and_after(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Note, "runs", [])
    monkeypatch.setattr(Sums, "passes", ([Note("before")], [Note("after")]))
    vendor.module()
    assert Note.runs == ["before, nothing claimed", "after, claimed"]


def test_settings_are_kept_in_the_ir(vendor: Vendor) -> None:
    module = vendor.module(accelerators=("sums:speed=5,mode=quick",))
    (op,) = (op for op in module.walk() if isinstance(op, accel.OffloadOp))
    assert registry.accelerator_of(op) == Sums(5, "quick")
    assert str(op.given) == '{speed = 5 : i32, mode = "quick"}'


def test_alignment(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sums, "alignment", 32)
    (row,) = (row for row in decisions_of(vendor.module()) if row["node"] == "sum")
    assert row["why"].startswith("sums: wants 32 bytes of alignment, which the caller's buffers")
    options = Options(accelerators=("sums",), io_memory="pool")
    unit = compile_model(vendor.model, vendor.out, options)
    assert unit.arena_align == 32
    offsets = [row.offset for row in unit.memory if row.kind != "scratch" and row.name != "y"]
    assert len(offsets) == 3 and all(offset % 32 == 0 for offset in offsets)
    assert np.array_equal(run_package(vendor.out, X, "host", sanitize=True).outputs["y"], Y)


@pytest.mark.parametrize(
    ("answer", "value", "message"),
    [
        ("reference", "difference", "does not compute what node 'sum' says: 6 of 6 elements"),
        ("reference", "a part", r"gives \[\(\(6,\)"),
        ("reference", "nothing", "the reference of accelerator sums failed: KeyError"),
        ("cycles", float("nan"), "says a region takes nan cycles"),
        ("call", "sums()", "gives no DriverCall"),
        ("call", DriverCall("sums();"), "gives no DriverCall"),
        ("call", DriverCall("sums", scratch_bytes=-4), "asks for -4 bytes of scratch"),
        ("call", DriverCall("sums", parameters=[2**31]), "does not fit int32_t"),
    ],
)
def test_wrong_answers(vendor: Vendor, answer: str, value: object, message: str) -> None:
    vendor.bent[answer] = value
    with pytest.raises(NnoptError, match=message):
        compile_model(vendor.model, vendor.out, Options(accelerators=("sums",)))
    assert not vendor.out.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("other", "accelerator 'other' is not known; known: sums"),
        ("sums:size=3", "accelerator 'sums' has no setting 'size'; settings: speed, mode"),
        ("sums:speed=much", "accelerator 'sums': speed=much is no int"),
    ],
)
def test_names_that_are_none(vendor: Vendor, text: str, message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        vendor.module(accelerators=(text,))


def test_one_name_is_one_accelerator(vendor: Vendor) -> None:
    register_accelerator(Sums)
    other = type("Other", (Sums,), {})
    with pytest.raises(ValueError, match="called sums is registered already"):
        register_accelerator(other)


def test_files_that_cannot_be(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sums, "sources", (vendor.model.parent / "net.c",))
    (vendor.model.parent / "net.c").write_text("")
    with pytest.raises(NnoptError, match=r"accelerator sums: 'net\.c' cannot be the name"):
        compile_model(vendor.model, vendor.out, Options(accelerators=("sums",)))
    monkeypatch.setattr(Sums, "sources", (vendor.model.parent / "gone.c",))
    with pytest.raises(NnoptError, match=r"accelerator sums: cannot read .*gone\.c"):
        compile_model(vendor.model, vendor.out, Options(accelerators=("sums",)))


def test_what_others_use_is_not_claimed(vendor: Vendor) -> None:
    module = vendor.module(accelerators=())
    ops = [op for op in module.walk() if isinstance(op, nn.ReluOp | nn.AddOp)]
    with pytest.raises(ValueError, match=r"nn\.add: its result is used outside"):
        registry.claim(Sums(), [ops[1], ops[0]], PatternRewriter(ops[0]))

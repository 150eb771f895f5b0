"""`offload`: gives accelerators what they claim of the integer (or float) graph and are worth it.

Each accelerator named by `to` runs its own passes, claims parts of the graph by its patterns, and
is asked whether it can compute each of them and in how many cycles. It gets those that take it
fewer than the processor (with its own best kernels, as `schedule` estimates them); the rest goes
back. What an accelerator's reference computes has to be, bit for bit, what the region says: it is
asked on random inputs. The module's attribute `accel.decisions` says which node went where, and
why. With no accelerator nothing changes.

Before:

```mlir
func.func @main(%x: tensor<1x4xi8>) -> tensor<1x2xi8> {
  %w = nn.constant {value = dense<1> : tensor<2x4xi8>} : tensor<2x4xi8>
  %b = nn.constant {value = dense<0> : tensor<2xi32>} : tensor<2xi32>
  %a = nn.fully_connected %x, %w, %b
      : (tensor<1x4xi8>, tensor<2x4xi8>, tensor<2xi32>) -> tensor<1x2xi32>
  %q = fxp.requantize %a {multiplier = array<i32: 1073741824>, shift = array<i32: 32>,
      rounding = "half_up", min = -128 : i32, max = 127 : i32} : tensor<1x2xi32> -> tensor<1x2xi8>
  func.return %q : tensor<1x2xi8>
}
```

After `offload{to="matrix-engine" cost=false}`:

```mlir
func.func @main(%x: tensor<1x4xi8>) -> tensor<1x2xi8> {
  %q = accel.offload "matrix-engine" ins(%x : tensor<1x4xi8>) -> tensor<1x2xi8> {
  ^bb0(%x0: tensor<1x4xi8>):
    …
    accel.yield %q0 : tensor<1x2xi8>
  }
  func.return %q : tensor<1x2xi8>
}
```
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    ModuleOp,
    StringAttr,
)
from xdsl.ir import Attribute, Block, BlockArgument, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from ...dialects import accel, fxp, nn, vpool
from ...dialects.errors import NnoptError
from ...dialects.interpreters import make_interpreter
from ...dialects.nn.common import as_integer, node_name, tensor_of
from ...dialects.nn.constant import dtype_of
from ..rewriting import apply_patterns
from ..schedule import variants
from ..schedule.form_kernels import FormKernelsPass
from .accelerator import Accelerator, Array, OffloadedRegion, asked, computed, make_accelerator

DECISIONS = "accel.decisions"
"""Attribute of the module: for each ONNX node, in order, where it is computed and why."""

CPU = "cpu"


def cpu_cycles(region: OffloadedRegion, isa: str) -> float:
    """Estimated cycles of a region on the processor, with the best kernels for it."""
    function = _as_function(region.op)
    module = ModuleOp([function])
    FormKernelsPass().apply(Context(), module)
    kernels = [op for op in module.walk() if isinstance(op, vpool.KernelOp)]
    return sum(variants.cheapest(kernel, isa)[1] for kernel in kernels)


def _as_function(op: accel.OffloadOp) -> func.FuncOp:
    block = Block(arg_types=op.body.block.arg_types)
    copies: dict[SSAValue, SSAValue] = dict(zip(op.body.block.args, block.args, strict=True))
    for inner in op.body.block.ops:
        if isinstance(inner, accel.YieldOp):
            block.add_op(func.ReturnOp(*(copies[v] for v in inner.arguments)))
        else:
            block.add_op(inner.clone(copies))
    types = (op.inputs.types, op.outputs.types)
    return func.FuncOp("region", types, Region(block))


def _random(value: SSAValue, rng: np.random.Generator) -> Array:
    type_ = tensor_of(value)
    element, shape = as_integer(type_.element_type), type_.get_shape()
    if element is not None:
        low, high = fxp.integer_range(element)
        dtype = dtype_of(element)
        return rng.integers(low, high, shape, dtype, endpoint=True)
    return rng.standard_normal(shape).astype(np.float32)


def check_reference(accelerator: Accelerator, region: OffloadedRegion) -> None:
    """Raise NnoptError unless the reference has the region's bits on random inputs."""
    function = _as_function(region.op)
    interpreter = make_interpreter(ModuleOp([function]))
    rng = np.random.default_rng(0)
    inputs = [_random(value, rng) for value in region.op.inputs]
    expected: tuple[Any, ...] = interpreter.call_op(function, tuple(inputs))
    found = computed(accelerator, region, *inputs)
    for array, right in zip(found, expected, strict=True):
        wrong = int(np.count_nonzero(array != np.asarray(right)))
        if wrong:
            raise NnoptError(
                f"accelerator {accelerator.name} does not compute what node "
                f"'{', '.join(region.nodes) or '?'}' says: {wrong} of {array.size} elements of its "
                "reference differ on random inputs; correct the reference, or claim less"
            )


def _put_back(op: accel.OffloadOp) -> None:
    """Replace a region by its ops."""
    copies: dict[SSAValue, SSAValue] = dict(zip(op.body.block.args, op.inputs, strict=True))
    for inner in op.body.block.ops:
        if isinstance(inner, accel.YieldOp):
            for old, new in zip(op.outputs, inner.arguments, strict=True):
                copies[new].name_hint = old.name_hint
                old.replace_all_uses_with(copies[new])
            continue
        copy = inner.clone(copies)
        copy.location = inner.location
        Rewriter.insert_op(copy, InsertPoint.before(op))
    op.detach()
    op.erase()


@dataclass
class Decisions:
    """Where nodes are computed, and why: the first answer that an accelerator gets stands."""

    of: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def refused(self, region: OffloadedRegion, accelerator: Accelerator, reason: str) -> None:
        """Note why a node stays on the processor."""
        for node in region.nodes:
            known = self.of.get(node, (CPU, ""))[1]
            text = f"{accelerator.name}: {reason}"
            self.of[node] = CPU, f"{known}; {text}" if known else text

    def taken(self, region: OffloadedRegion, accelerator: Accelerator, reason: str) -> None:
        """Note that an accelerator computes it."""
        self.of.update(dict.fromkeys(region.nodes, (accelerator.name, reason)))

    def attribute(self, module: ModuleOp, names: list[str]) -> ArrayAttr[DictionaryAttr]:
        """One dictionary for each node: node, where, why."""
        rows: dict[str, DictionaryAttr] = {}
        unclaimed = CPU, f"not claimed by {', '.join(names)}"
        for op in module.walk():
            node = node_name(op)
            if node is None or isinstance(op, nn.ConstantOp | func.FuncOp | func.ReturnOp):
                continue
            where, why = self.of.get(node, unclaimed)
            entries = {"node": node, "where": where, "why": why}
            rows[node] = DictionaryAttr({k: StringAttr(v) for k, v in entries.items()})
        return ArrayAttr(list(rows.values()))


@dataclass(frozen=True)
class OffloadPass(ModulePass):
    """Claim parts of the graph for accelerators."""

    name = "offload"

    to: tuple[str, ...] = ()
    """Accelerators, `name` or `name:field=value`, in the order in which they may claim."""

    isa: str = "portable"
    """Instruction set of the kernels that an accelerator has to beat."""

    cost: bool = True
    """Whether it has to beat them; otherwise it gets all that it can compute."""

    io: str = "caller"
    """Whose memory the network's inputs and outputs are in: caller or pool."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Offload, accelerator by accelerator."""
        if not self.to:
            return
        decisions = Decisions()
        try:
            accelerators = [make_accelerator(text) for text in self.to]
            for accelerator in accelerators:
                self._offload(ctx, op, accelerator, decisions)
        except NnoptError as error:
            raise PassFailedException(str(error)) from error
        names = [accelerator.name for accelerator in accelerators]
        op.attributes[DECISIONS] = decisions.attribute(op, names)

    def _offload(
        self, ctx: Context, module: ModuleOp, accelerator: Accelerator, decisions: Decisions
    ) -> None:
        for own in asked(accelerator, "before()", lambda: list(accelerator.before())):
            own.apply(ctx, module)
        patterns = asked(accelerator, "patterns()", lambda: list(accelerator.patterns()))
        asked(accelerator, "a pattern", lambda: apply_patterns(module, *patterns))
        for op in [o for o in module.walk() if isinstance(o, accel.OffloadOp)]:
            if op.accelerator.data != accelerator.name:
                continue
            region = OffloadedRegion(op)
            reason = self._refusal(accelerator, region)
            if reason:
                decisions.refused(region, accelerator, reason)
                _put_back(op)
                continue
            check_reference(accelerator, region)
            decisions.taken(region, accelerator, self._costs(accelerator, region)[1])
        for own in asked(accelerator, "after()", lambda: list(accelerator.after())):
            own.apply(ctx, module)

    def _costs(self, accelerator: Accelerator, region: OffloadedRegion) -> tuple[bool, str]:
        """Whether a region is worth it, and the figures."""
        own = float(asked(accelerator, "cycles()", lambda: accelerator.cycles(region)))
        if math.isnan(own) or own < 0:
            raise NnoptError(f"accelerator {accelerator.name} says a region takes {own} cycles")
        other = cpu_cycles(region, self.isa)
        text = f"{own:,.0f} cycles estimated, {other:,.0f} on the processor"
        return own < other or not self.cost, text

    def _refusal(self, accelerator: Accelerator, region: OffloadedRegion) -> str:
        reason = str(asked(accelerator, "refuse()", lambda: accelerator.refuse(region)))
        if reason:
            return reason
        users = [use.operation for value in region.op.outputs for use in value.uses]
        outside = any(isinstance(value, BlockArgument) for value in region.op.inputs)
        outside |= any(isinstance(user, func.ReturnOp) for user in users)
        if accelerator.alignment > 4 and outside and self.io == "caller":
            return (
                f"wants {accelerator.alignment} bytes of alignment, which the caller's buffers "
                "need not have: use --io-memory pool"
            )
        worth, text = self._costs(accelerator, region)
        return "" if worth else f"not worth it: {text}"


def decisions_of(module: ModuleOp) -> list[dict[str, str]]:
    """What `offload` has decided: node, where, why; nothing where it had no accelerator."""
    rows = module.attributes.get(DECISIONS)
    if not isinstance(rows, ArrayAttr):
        return []
    found: list[dict[str, str]] = []
    for row in cast("ArrayAttr[Attribute]", rows):
        assert isinstance(row, DictionaryAttr)
        found.append({k: v.data for k, v in row.data.items() if isinstance(v, StringAttr)})
    return found

"""Which layer gets which scheme: precision where the output's noise comes from, nowhere else.

The noise that each layer makes alone in each scheme is measured; as layers add noise independently,
nearly, the noise of a choice is the sum over its layers. That gives an order of upgrades, from
coarse schemes to fine ones: those first that remove most noise for their price. How many of them
are done is decided by measuring whole networks, never by the sum.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from ...dialects.errors import NnoptError
from ...dialects.interpreters import find_function
from ..analysis.cost import op_macs
from ..rewriting import shape_of
from .calibrate import input_names
from .constants import plain_constant
from .insert_quantizers import name_of
from .operators import LINEAR
from .schemes import FLOAT, find_scheme
from .sensitivity import Layers, Study, decibels, quantized_layers

CANDIDATES = ("int8", "int16x8", "int16")
"""From coarse to fine; float may be one, too."""

Fits = Callable[[Layers], str | None]
"""Says which budget of resources a choice exceeds, None if it keeps all."""


@dataclass(frozen=True)
class Target:
    """How exact a network has to be; without one, as exact as resources allow."""

    loss: float | None = None
    """Accuracy (without labels, agreement) that may be lost, from 0 to 1."""
    sqnr: float | None = None
    """Signal to noise ratio of the output, at least, in dB."""


@dataclass(frozen=True)
class Upgrade:
    """One step of one layer to a finer scheme."""

    layer: str
    scheme: str
    gain: float
    """Noise power removed from the output, relative to its signal."""
    price: float


@dataclass
class LayerChoice:
    """The scheme of one layer, and why."""

    layer: str
    scheme: str
    alone: dict[str, float]
    """Noise of the output, relative to its signal, with only this layer quantized, by scheme."""
    why: str = ""


@dataclass
class Choice:
    """The schemes of a network."""

    base: str
    layers: list[LayerChoice]
    loss: float
    sqnr: float
    samples: int
    labelled: bool

    def overrides(self) -> dict[str, str]:
        """The schemes of single layers, where they are not that of most."""
        return {c.layer: c.scheme for c in self.layers if c.scheme != self.base}

    def summary(self) -> str:
        """The choice in a sentence."""
        counts: dict[str, int] = {}
        for choice in self.layers:
            counts[choice.scheme] = counts.get(choice.scheme, 0) + 1
        parts = ", ".join(f"{count} in {scheme}" for scheme, count in counts.items())
        what = "accuracy" if self.labelled else "agreement with the float network"
        turn = "won" if self.loss < 0 else "lost"
        return (
            f"{len(self.layers)} layers: {parts}; {100 * abs(self.loss):.2f} points of {what} "
            f"{turn} on {self.samples} samples, output {self.sqnr:.1f} dB"
        )


def choose(
    study: Study,
    target: Target,
    candidates: Sequence[str] = CANDIDATES,
    fits: Fits = lambda layers: None,
    *,
    limited: bool = False,
) -> Choice:
    """Choose the schemes of all layers. Raises NnoptError if the budget cannot be kept.

    `limited`: there are budgets of resources, which `fits` knows.
    """
    for name in candidates:
        if name != FLOAT:
            find_scheme(name)
    if (
        FLOAT in candidates[:1]
        or len(set(candidates)) < 2
        or len(set(candidates)) < len(candidates)
    ):
        raise NnoptError("mixed needs two schemes or more, from coarse to fine, float the last")
    search = _Search(study, target, tuple(candidates), fits)
    return search.run(limited=limited)


@dataclass
class _Search:
    study: Study
    target: Target
    candidates: tuple[str, ...]
    fits: Fits
    alone: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    refused: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    needless: set[str] = field(default_factory=set[str])

    @property
    def base(self) -> str:
        return self.candidates[0]

    def run(self, *, limited: bool) -> Choice:
        for name in quantized_layers(self.study.module, self.base):
            self.alone[name] = {
                scheme: 0.0 if scheme == FLOAT else self.study.noise(self.study.alone(name, scheme))
                for scheme in self.candidates
            }
        if not self.alone:
            raise NnoptError("the network has no layer of real numbers whose scheme can be chosen")
        upgrades = self.upgrades()
        exceeded = self.fits({})
        if exceeded is not None:
            raise NnoptError(f"every layer in {self.base} takes {exceeded}")
        if self.target.loss is None and self.target.sqnr is None:
            return self.explained(self.affordable([], upgrades) if limited else upgrades)
        chosen = self.needed(upgrades)
        if limited and self.fits(schemes(chosen)) is not None:
            self.needless.clear()
            chosen = self.needed(self.affordable([], upgrades))
        return self.explained(chosen)

    def upgrades(self) -> list[Upgrade]:
        """All upgrades that remove noise, those first that remove most for their price."""
        prices = Prices(self.study.module)
        found: list[Upgrade] = []
        for name, noises in self.alone.items():
            before, steps = self.base, list[Upgrade]()
            for scheme in self.candidates[1:]:
                gain = noises[before] - noises[scheme]
                if gain > 0:
                    price = prices.of(name, scheme) - prices.of(name, before)
                    steps.append(Upgrade(name, scheme, gain, max(price, 1e-9)))
                    before = scheme
            found += _concave(steps)
        return sorted(found, key=lambda u: -u.gain / u.price)

    def affordable(self, kept: list[Upgrade], rest: list[Upgrade]) -> list[Upgrade]:
        """`kept` and those of `rest`, in order, with which the budgets are kept."""
        if not rest:
            return kept
        exceeded = self.fits(schemes(kept + rest))
        if exceeded is None:
            return kept + rest
        if len(rest) == 1:
            self.refused[rest[0].layer, rest[0].scheme] = exceeded
            return kept
        middle = len(rest) // 2
        return self.affordable(self.affordable(kept, rest[:middle]), rest[middle:])

    def reaches(self, upgrades: Sequence[Upgrade]) -> bool:
        """Whether a choice is exact enough, measured on the whole network."""
        output = self.study.quantized(self.base, schemes(upgrades))
        loss, sqnr = self.study.loss(output), self.study.sqnr(output)
        enough = self.target.loss is None or loss <= self.target.loss + 1e-9
        return enough and (self.target.sqnr is None or sqnr >= self.target.sqnr)

    def needed(self, upgrades: list[Upgrade]) -> list[Upgrade]:
        """The first upgrades with which the target is reached, without those that do not matter."""
        if self.reaches([]):
            return []
        if not self.reaches(upgrades):
            raise self.unreachable(upgrades)
        low, high = 0, len(upgrades)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.reaches(upgrades[:middle]) else (middle, high)
        chosen = upgrades[:high]
        for upgrade in sorted(chosen, key=lambda u: -u.price):
            later = [u for u in chosen if u.layer == upgrade.layer]
            rest = [u for u in chosen if u is not upgrade]
            if later[-1] is upgrade and self.reaches(rest):
                self.needless.add(upgrade.layer)
                chosen = rest
        return chosen

    def unreachable(self, upgrades: Sequence[Upgrade]) -> NnoptError:
        """What to say where even all affordable upgrades are not enough."""
        output = self.study.quantized(self.base, schemes(upgrades))
        loss, sqnr = 100 * self.study.loss(output), self.study.sqnr(output)
        limits = " within the other budgets" if self.refused else ""
        return NnoptError(
            f"the budget of accuracy cannot be kept{limits}: with what is finer than {self.base}, "
            f"{loss:.2f} points are lost and the output has {sqnr:.1f} dB; allow more loss, more "
            "resources, or give other candidates"
        )

    def explained(self, chosen: Sequence[Upgrade]) -> Choice:
        given = schemes(chosen)
        output = self.study.quantized(self.base, given)
        layers = [
            LayerChoice(name, given.get(name, self.base), noises, self.why(name, given))
            for name, noises in self.alone.items()
        ]
        return Choice(
            base=self.base,
            layers=layers,
            loss=self.study.loss(output),
            sqnr=self.study.sqnr(output),
            samples=len(self.study.output),
            labelled=self.study.labelled,
        )

    def why(self, name: str, given: Layers) -> str:
        """The reason for the scheme of one layer."""
        noises, scheme = self.alone[name], given.get(name, self.base)
        refused = next((t for (n, _), t in self.refused.items() if n == name), None)
        if scheme != self.base:
            order = sorted(self.alone, key=lambda n: -self.alone[n][self.base])
            text = f"noise number {order.index(name) + 1} in {self.base}"
        elif name in self.needless:
            text = "not needed finer beside the others"
        elif noises[self.base] <= min(noises.values()):
            text = "no scheme is finer"
        else:
            text = "enough"
        return text if refused is None else f"{text}; finer would take {refused}"


def decibels_of(noise: float) -> float:
    """A relative noise power as a signal to noise ratio."""
    return decibels(np.ones(1), np.sqrt(np.array([noise])))


def schemes(upgrades: Sequence[Upgrade]) -> dict[str, str]:
    """The scheme of each layer that is upgraded: that of its last step."""
    return {u.layer: u.scheme for u in upgrades}


def _concave(steps: list[Upgrade]) -> list[Upgrade]:
    """Steps of one layer with falling gain per price: those that are not, joined."""
    result: list[Upgrade] = []
    for step in steps:
        while result and step.gain / step.price > result[-1].gain / result[-1].price:
            last = result.pop()
            step = Upgrade(step.layer, step.scheme, last.gain + step.gain, last.price + step.price)
        result.append(step)
    return result


class Prices:
    """What a scheme costs a layer: shares of all weights, activations and products, summed.

    Bits count: those of a layer's weights, of its result, and of the operands of the products that
    its result goes into.
    """

    def __init__(self, module: ModuleOp):
        function = find_function(module, "main")
        inputs = input_names(function)
        block = function.body.block
        values = [*block.args, *(r for op in block.ops for r in op.results)]
        self.shares: dict[str, tuple[float, float]] = {}
        variable = [v for v in values if plain_constant(v) is None and hasattr(v.type, "shape")]
        sizes = {v: _size(v) for v in variable}
        products = {v: sum(op_macs(use.operation) for use in v.uses) for v in variable}
        weights = {v: _weights(v.owner) for v in variable}
        totals = [max(sum(m.values()), 1) for m in (sizes, products, weights)]
        for value in variable:
            name = name_of(value, inputs)
            if name is not None:
                moved = sizes[value] / totals[0] + products[value] / totals[1]
                before = self.shares.get(name, (0.0, 0.0))
                self.shares[name] = (before[0] + moved, before[1] + weights[value] / totals[2])

    def of(self, name: str, scheme: str) -> float:
        """The price of a layer, 1 for each whole network in 8 bits of one kind."""
        activations, weights = self.shares.get(name, (0.0, 0.0))
        if scheme == FLOAT:
            return (activations + weights) * 4
        found = find_scheme(scheme)
        return activations * found.bits / 8 + weights * found.weight.width.data / 8


def _size(value: SSAValue) -> int:
    size = 1
    for extent in shape_of(value):
        size *= extent
    return size


def _weights(op: object) -> int:
    if not isinstance(op, Operation) or not isinstance(op, LINEAR):
        return 0
    return _size(op.operands[1])

"""Which points are measured: optuna proposes them, a population at a time.

Points are told to it in the order in which it proposed them, whoever measured them and when. So the
same exploration has the same points with any number of workers, and one that goes on after it was
killed proposes again what is in the journal already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ...dialects.errors import NnoptError
from .knobs import Choices, canonical, key_of, size_of, starts
from .measure import Outcome
from .setting import Setting

IDLE = 30
"""Populations without a new point after which a search ends."""

Measure = Callable[[Sequence[Choices]], Sequence[Outcome]]


def load_optuna() -> Any:
    """The module `optuna`. Raises NnoptError, saying how to install it, where it is missing."""
    try:
        return import_module("optuna")
    except ImportError as error:
        raise NnoptError(
            "exploring needs optuna, which is not installed: pip install 'nnopt[explore]', or in "
            "a checkout pip install '.[explore]'"
        ) from error


def _study(setting: Setting) -> Any:
    optuna = load_optuna()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if setting.sampler == "tpe":
        sampler = optuna.samplers.TPESampler(seed=setting.seed, n_startup_trials=setting.population)
    else:
        sampler = optuna.samplers.NSGAIISampler(
            seed=setting.seed, population_size=setting.population
        )
    directions = ["maximize", "minimize", "minimize", "minimize"]
    study = optuna.create_study(directions=directions, sampler=sampler)
    for start in starts(setting.space):
        study.enqueue_trial(start)
    return study


def search(setting: Setting, measure: Measure, *, integers: bool) -> list[Outcome]:
    """Search; all points in the order in which they were proposed. Raises NnoptError."""
    study, optuna = _study(setting), load_optuna()
    categories = {
        name: optuna.distributions.CategoricalDistribution(values)
        for name, values in setting.space.items()
    }
    most = size_of(setting.space, integers=integers, most=setting.points)
    found: dict[str, Outcome] = {}
    idle = 0
    while len(found) < most and idle < IDLE:
        trials = [study.ask(categories) for _ in range(setting.population)]
        asked = [canonical(trial.params, integers=integers) for trial in trials]
        new = {key_of(choices): choices for choices in asked if key_of(choices) not in found}
        new = dict(list(new.items())[: most - len(found)])
        found |= zip(new, measure(list(new.values())), strict=True)
        for trial, choices in zip(trials, asked, strict=True):
            outcome = found.get(key_of(choices))
            if outcome is None or outcome.figures is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, [float(value) for value in outcome.figures.objectives])
        idle = 0 if new else idle + 1
    return list(found.values())

"""Explorations without a compiler: points are given figures by a formula."""

from __future__ import annotations

import hashlib
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools import nnopt
from nnopt.tools.explore import search as search_module
from nnopt.tools.explore import workers
from nnopt.tools.explore.front import Exploration, Point, dominates, front_of
from nnopt.tools.explore.journal import NAME, Journal
from nnopt.tools.explore.knobs import KNOBS, Choices, canonical, key_of, parse, size_of, words
from nnopt.tools.explore.measure import Figures, Outcome, check_apart, samples_of
from nnopt.tools.explore.picture import front_svg
from nnopt.tools.explore.search import search
from nnopt.tools.explore.setting import Setting, computes_integers, parse_setting, read_setting
from nnopt.tools.explore.workers import measure_all

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SHIPPED = EXAMPLES / "explore_digits.toml"
FILES = "".join(
    f'{name} = "models/{file}"\n'
    for name, file in (
        ("model", "digits_cnn.onnx"),
        ("calibrate", "digits_calibration.npz"),
        ("evaluate", "digits_test.npz"),
    )
)
SPACE = '[space]\nquantize = ["int8", "float"]\n'
PROBLEM = {"model": "m"}


def formula(choices: Choices) -> Outcome:
    """Figures that depend on the choices alone; some points fail."""
    digest = hashlib.sha256(key_of(choices).encode()).digest()
    if digest[0] < 20:
        return Outcome(choices, None, "it does not fit")
    accuracy, *costs = (int(byte) for byte in digest[1:5])
    figures = Figures(accuracy / 300, accuracy / 256, 1, 1000 + costs[0], costs[1] + 1, costs[2])
    return Outcome(choices, figures)


def by_formula(points: Sequence[Choices]) -> list[Outcome]:
    return [formula(choices) for choices in points]


def measure_by_formula(_: Setting, choices: Choices) -> Outcome:
    return formula(choices)


def setting_with(**changes: Any) -> Setting:
    return Setting(**{**vars(read_setting(SHIPPED)), **changes})


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"quantize": "float", "improve": "rounding", "unpack": "auto"}, {}),
        ({"quantize": "float", "fuse": "rows"}, {"fuse": "rows"}),
        ({"quantize": "int8", "improve": "none"}, {"quantize": "int8"}),
        ({"quantize": "int16x8", "improve": "rounding"}, {"quantize": "int16x8"}),
        (
            {"quantize": "int16x8", "improve": "none"},
            {"quantize": "int16x8", "improve": "none"},
        ),
        ({"quantize": "q7", "skip-threshold": "0.1", "unpack-flash": "4K"}, {"quantize": "q7"}),
        (
            {"quantize": "q7", "skip-threshold": "0.1", "skip-unit": "channels"},
            {"quantize": "q7", "skip-threshold": "0.1", "skip-unit": "channels"},
        ),
        ({"quantize": "q15", "unpack": "auto", "skip-threshold": "0.1"}, {"quantize": "q15"}),
        ({"fuse": "rows", "max-recompute": "1.7"}, {"max-recompute": "1.7"}),
    ],
)
def test_points_that_are_the_same(values: dict[str, str], left: dict[str, str]) -> None:
    assert canonical(values, integers=False) == left
    assert canonical(left, integers=False) == left


def test_quantized_models_can_be_unpacked_as_they_are() -> None:
    values = {"quantize": "float", "unpack": "auto"}
    assert canonical(values, integers=True) == {"unpack": "auto"}
    assert computes_integers(EXAMPLES / "models" / "digits_resnet_int8.onnx")
    assert not computes_integers(EXAMPLES / "models" / "digits_resnet.onnx")


def test_a_point_is_what_its_command_line_says() -> None:
    choices = {"quantize": "int8", "unpack": "auto", "skip-threshold": "0.01", "flash-limit": "20K"}
    options = parse(setting_with(options="--io model").command(choices))
    assert (options.quantize, options.unpack, options.io) == ("int8", ("auto",), "model")
    assert (options.skip_threshold, options.flash_limit) == (0.01, 20480)
    assert "--calibrate" not in setting_with().command({})
    assert words(choices) == "int8 --unpack auto --skip-threshold 0.01 --flash-limit 20K"


@pytest.mark.parametrize("sampler", ["nsga2", "tpe"])
def test_the_same_exploration_has_the_same_points(sampler: str) -> None:
    setting = setting_with(sampler=sampler, points=30)
    first, again = (search(setting, by_formula, integers=False) for _ in range(2))
    assert [o.choices for o in first] == [o.choices for o in again]
    assert len({key_of(o.choices) for o in first}) == len(first) == 30
    other = search(setting_with(sampler=sampler, points=30, seed=2), by_formula, integers=False)
    assert {key_of(o.choices) for o in other} != {key_of(o.choices) for o in first}
    schemes = [o.choices.get("quantize", "float") for o in first[: len(setting.space["quantize"])]]
    assert schemes == list(setting.space["quantize"])


def test_a_small_space_is_measured_as_a_whole() -> None:
    space = {"quantize": ("int8", "float"), "unpack": ("none", "auto"), "fuse": ("none", "rows")}
    found = search(setting_with(space=space), by_formula, integers=False)
    assert len(found) == size_of(space, integers=False, most=99) == 6


def run_with_journal(
    setting: Setting, folder: Path, jobs: int
) -> tuple[list[Outcome], list[Outcome]]:
    """All points of a search, and those that were not in the journal."""
    told: list[Outcome] = []
    with Journal(folder, PROBLEM) as journal, ThreadPoolExecutor(jobs) as executor:

        def measured(points: Sequence[Choices]) -> list[Outcome]:
            return measure_all(setting, points, executor, journal, told.append)

        return search(setting, measured, integers=False), told


def test_a_killed_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With half of the points in the journal only the others are measured; with all, none."""
    monkeypatch.setattr(workers, "measure", measure_by_formula)
    setting = setting_with(points=24)
    whole, told = run_with_journal(setting, tmp_path / "a", 3)
    assert len(told) == 24
    journal = (tmp_path / "a" / NAME).read_bytes()
    half = journal.splitlines(keepends=True)[:13]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / NAME).write_bytes(b"".join(half) + b'{"choices": {"quan')
    resumed, told = run_with_journal(setting, tmp_path / "b", 1)
    assert len(told) == 12
    assert [o.to_json() for o in resumed] == [o.to_json() for o in whole]
    lines = (tmp_path / "b" / NAME).read_bytes().splitlines()
    assert sorted(lines) == sorted(journal.splitlines())
    assert run_with_journal(setting, tmp_path / "b", 1)[1] == []


def test_an_interrupted_run_keeps_what_was_being_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "measure", measure_by_formula)

    def interrupted(_: Sequence[Future[Outcome]]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "as_completed", interrupted)
    points = [{"quantize": name} for name in ("int8", "q7", "q15")]
    with (
        Journal(tmp_path, PROBLEM) as journal,
        ThreadPoolExecutor(3) as executor,
        pytest.raises(KeyboardInterrupt),
    ):
        measure_all(setting_with(), points, executor, journal, lambda _: None)
    with Journal(tmp_path, PROBLEM) as journal:
        assert journal.find(points[0]) is not None


def test_a_lost_worker_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(_: Setting, choices: Choices) -> Outcome:
        raise BrokenProcessPool

    monkeypatch.setattr(workers, "measure", dies)
    with Journal(tmp_path, PROBLEM) as journal, ThreadPoolExecutor(1) as executor:
        with pytest.raises(NnoptError, match=r"a worker was lost.*the same command goes on"):
            measure_all(setting_with(), [{}], executor, journal, lambda _: None)


def test_the_journal_refuses_what_is_not_its_own(tmp_path: Path) -> None:
    with Journal(tmp_path, PROBLEM) as journal:
        journal.add(formula({"quantize": "int8"}))
        journal.add(Outcome({}, None, "no memory", final=False))
        with pytest.raises(NnoptError, match="another run writes there"):
            Journal(tmp_path, PROBLEM)
    with Journal(tmp_path, PROBLEM) as journal:
        assert list(journal.known) == [key_of({"quantize": "int8"})], "what may go well is kept"
    with pytest.raises(NnoptError, match=r"points of something else \(model differs\)"):
        Journal(tmp_path, {"model": "other"})
    with (tmp_path / NAME).open("a") as file:
        file.write("3\n")
    with pytest.raises(NnoptError, match="line 3 is no point"):
        Journal(tmp_path, PROBLEM)


def points_of(outcomes: Sequence[Outcome]) -> tuple[Point, ...]:
    return tuple(Point(o.choices, o.figures) for o in outcomes if o.figures is not None)


def explored() -> Exploration:
    setting = setting_with(points=40)
    outcomes = search(setting, by_formula, integers=False)
    failed = tuple(o for o in outcomes if o.figures is None)
    return Exploration(setting, (270, 270), points_of(outcomes), failed)


def test_the_front_is_what_no_point_is_better_than() -> None:
    found = explored()
    front = found.front
    assert len(front) >= 5 and len(found.failed) + len(found.points) == 40
    for point in found.points:
        beaten = any(dominates(other.figures, point.figures) for other in found.points)
        assert beaten == (point not in front)
    times = [point.figures.time for point in front]
    assert times == sorted(times)


def test_of_equal_points_that_of_fewest_options_is_taken() -> None:
    figures = Figures(0.5, 0.5, 1, 1, 1, 1)
    long, brief = Point({"quantize": "int8", "fuse": "rows"}, figures), Point({}, figures)
    assert front_of([long, brief]) == [brief]


def test_the_picture_shows_the_front() -> None:
    found = explored()
    text = front_svg(found)
    assert text == front_svg(explored())
    root = ElementTree.fromstring(text)
    circles = [e for e in root.iter() if e.tag.endswith("circle") and len(e)]
    assert len(circles) == 3 * len(found.points)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for circle in circles:
        assert 0 < float(circle.attrib["cx"]) < width and 0 < float(circle.attrib["cy"]) < height
    shown = {e.text for e in root.iter() if e.tag.endswith("text")}
    assert {f"{p.figures.flash:,}" for p in found.front} <= shown


def test_the_picture_of_one_point() -> None:
    found = explored()
    alone = Exploration(found.setting, found.samples, found.points[:1], ())
    assert ElementTree.fromstring(front_svg(alone)) is not None


def test_the_json_names_the_commands() -> None:
    found = explored()
    content = json.loads(found.to_json())
    assert [entry["command"] for entry in content["front"]] == [
        found.command(point) for point in found.front
    ]
    assert all(entry["command"].startswith("nnopt compile ") for entry in content["front"])


def test_the_search_does_not_see_the_samples_of_accuracy() -> None:
    samples = samples_of(EXAMPLES / "models" / "digits_test.npz", "label", 0.3)
    assert len(samples.seen) == 162 and len(samples.unseen) == 378
    assert not set(samples.seen.tolist()) & set(samples.unseen.tolist())


def test_the_shipped_exploration_is_valid() -> None:
    setting = read_setting(SHIPPED)
    assert setting.name == "explore_digits" and setting.space.keys() <= KNOBS.keys()
    assert setting.chosen_board == "mps2-an386"
    check_apart(setting)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "model is missing: name a file"),
        ("model = ", "no TOML"),
        ("modle = 1", "modle is not known: choose among model"),
        (FILES, r"\[space\] is missing"),
        (FILES.replace("digits_cnn", "absent") + SPACE, "model: there is no file .*absent"),
        (FILES + 'points = "7"\n' + SPACE, "points cannot be '7': a number is needed"),
        (FILES + "points = 0\n" + SPACE, "points must be positive"),
        (FILES + 'board = "host"\n' + SPACE, "board 'host' counts no instructions"),
        (FILES + 'target = "z80"\n' + SPACE, "target 'z80' is not known"),
        (FILES + 'sampler = "grid"\n' + SPACE, "sampler 'grid' is not known"),
        (FILES + "search-share = 1.0\n" + SPACE, "search-share must lie between"),
        (FILES + SPACE + "ranks = [3]", "space.ranks is not known: choose among quantize"),
        (FILES + '[space]\nquantize = ["int7"]', "space.quantize: --quantize int7 is not known"),
        (FILES + '[space]\nquantize = ["mixed"]', "space.quantize: mixed searches itself"),
        (FILES + '[space]\nquantize = "int8"', "space.quantize must be a list"),
        (FILES + "[space]\nfuse = [true]", "space.fuse cannot have True"),
        (FILES + '[space]\nfuse = ["all"]', "space.fuse: argument --fuse: invalid choice"),
        (FILES + '[space]\nfuse = ["none", "none"]', "space.fuse names a value twice"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(NnoptError, match=message):
        parse_setting(text, "x", EXAMPLES)


def test_errors_end_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nnopt.main(["explore", str(tmp_path / "absent.toml")]) == 1
    assert capsys.readouterr().err.startswith("nnopt: cannot read")


def test_samples_without_labels(tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    np.savez(file, input=np.zeros((4, 2), np.float32))
    with pytest.raises(NnoptError, match="has no labels: no array 'label' among input"):
        samples_of(file, "label", 0.5)
    np.savez(file, input=np.zeros((4, 2), np.float32), label=np.zeros(3, int))
    with pytest.raises(NnoptError, match="3 labels for 4 samples"):
        samples_of(file, "label", 0.4)


def test_accuracy_needs_other_samples() -> None:
    setting = setting_with(calibrate="models/digits_test.npz")
    with pytest.raises(NnoptError, match="are the same samples"):
        check_apart(setting)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(search_module, "import_module", absent)
    monkeypatch.setattr(workers, "import_module", absent)
    with pytest.raises(NnoptError, match=r"needs optuna.*pip install '\.\[explore\]'"):
        search_module.load_optuna()
    with pytest.raises(NnoptError, match="needs dask"), workers.workers(1, "tcp://localhost:1"):
        pass

"""The table of measurements: its files, and what is said about a change."""

from dataclasses import replace

import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.tools.bench import Measurement, Stored, changes, from_json, to_json, to_markdown, updated

ROW = Measurement(
    instructions=1000,
    cycles=1500,
    macs=800,
    pool=256,
    scratch=0,
    stack=120,
    code=4000,
    weights=900,
    error=2.38e-7,
)
STORED = Stored({"arm-none-eabi-gcc": "12.2"}, {"b": replace(ROW, macs=0), "a": ROW})


def test_json_is_read_back() -> None:
    assert from_json(to_json(STORED)) == STORED
    assert to_json(from_json(to_json(STORED))) == to_json(STORED)


def test_markdown_has_a_row_per_model_and_no_ratio_without_macs() -> None:
    lines = to_markdown(STORED).splitlines()
    assert lines[-2] == "| a | 1,000 | 1,500 | 800 | 256 | 0 | 120 | 4,000 | 900 | 2.4e-07 | 1.25 |"
    assert lines[-1] == "| b | 1,000 | 1,500 | 0 | 256 | 0 | 120 | 4,000 | 900 | 2.4e-07 |  |"
    assert len({line.count("|") for line in lines[-4:]}) == 1


def test_changes_say_model_number_and_share() -> None:
    after = {"a": replace(ROW, instructions=1100, scratch=8, stack=60, error=0.5), "c": ROW}
    assert changes(STORED.table, after, same_compiler=True) == [
        "a: instructions 1,000 -> 1,100 (+10.0%)",
        "a: scratch 0 -> 8",
        "a: stack 120 -> 60 (-50.0%)",
        "a: error 2.4e-07 -> 0.5",
        "c: new",
    ]


def test_another_c_compiler_is_only_held_to_memory() -> None:
    after = {"a": replace(ROW, instructions=1100, code=1, pool=255)}
    found = changes(STORED.table, after, same_compiler=False)
    assert found == ["a: RAM pool 256 -> 255 (-0.4%)"]


def test_an_update_replaces_what_was_measured_and_drops_what_is_no_longer_listed() -> None:
    faster = replace(ROW, instructions=900)
    after = updated(STORED, {"a": faster}, ["a", "c"], STORED.environment)
    assert after == Stored(STORED.environment, {"a": faster})
    both = updated(STORED, {"a": faster}, ["a", "b"], STORED.environment)
    assert both.table == {"a": faster, "b": STORED.table["b"]}


def test_numbers_of_two_compilers_are_not_mixed() -> None:
    newer = {"arm-none-eabi-gcc": "14.1"}
    with pytest.raises(NnoptError, match="measure b as well"):
        updated(STORED, {"a": ROW}, ["a", "b"], newer)
    assert updated(STORED, {"a": ROW}, ["a"], newer) == Stored(newer, {"a": ROW})

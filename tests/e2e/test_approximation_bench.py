"""The table of fewer products: it says what the tool measures, and the tool measures all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnopt.tools import approximation_bench as bench

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"


def test_the_committed_table_is_what_the_list_asks_for() -> None:
    table, networks = bench.stored(), bench.read_networks(bench.BENCHMARKS / "approximation.toml")
    assert list(table) == [network.name for network in networks]
    for network in networks:
        assert list(table[network.name]) == list(bench.ways_of(network, Path("x.npz")))
    page = (bench.BENCHMARKS / "approximation.md").read_text(encoding="utf-8")
    assert page == bench.to_markdown(table)


def test_a_network_is_measured() -> None:
    model, data = SHIPPED / "digits_cnn_int8.onnx", SHIPPED / "digits_test.npz"
    network = bench.Network("digits", model, data, "npz", 100, (0.0, 0.002))
    found = bench.measure_all(network)
    exact, unpacked, fewer = found.values()
    assert list(found) == ["", "--unpack auto", "--unpack auto --skip-threshold 0.002"]
    assert exact.samples == 540 and exact.top1 == unpacked.top1 == 97.04
    assert fewer.cycles < unpacked.cycles < exact.cycles
    assert fewer.top1 > exact.top1 - 3


def test_an_unknown_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nothing"]) == 1
    assert capsys.readouterr().err == "approximation_bench: no network is called nothing\n"

"""`benchmarks/fusion.*`: what is stored belongs together, and fusion keeps its promises."""

from __future__ import annotations

from nnopt.tools import fusion_bench
from nnopt.tools.fusion_bench import BENCHMARKS
from nnopt.tools.zoo import read_cases


def test_fusion_table_is_that_of_the_results() -> None:
    table = fusion_bench.stored()
    listed = {case.name for case in read_cases(BENCHMARKS / "fusion.toml")}
    assert set(table) == listed
    assert (BENCHMARKS / "fusion.md").read_text() == fusion_bench.to_markdown(table)
    assert (BENCHMARKS / "fusion.json").read_text() == fusion_bench.to_json(table)
    for ways in table.values():
        first, *fused = (ways[way] for way in fusion_bench.WAYS)
        assert all(result.arena <= first.arena for result in fused)
        assert fused[1].macs <= 1.7 * first.macs and fused[0].macs == first.macs

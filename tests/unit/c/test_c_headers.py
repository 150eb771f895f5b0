"""Which headers of the runtime a package gets."""

from __future__ import annotations

from nnopt.lowering.c.headers import RUNTIME_HEADERS, header_names, included, needed_headers


def test_headers_come_with_what_they_include() -> None:
    assert needed_headers("y = nnopt_pow(x, 2.0f);") == ["nnopt_math.h", "nnopt_math64.h"]
    assert needed_headers('#include "nnopt_planes.h"') == [
        "nnopt_dsp.h",
        "nnopt_lanes.h",
        "nnopt_planes.h",
    ]
    assert needed_headers("y = x;") == []


def test_a_header_comes_after_what_it_includes() -> None:
    for place, header in enumerate(RUNTIME_HEADERS):
        assert set(included(header)) <= set(RUNTIME_HEADERS[:place])
        assert header_names(header)

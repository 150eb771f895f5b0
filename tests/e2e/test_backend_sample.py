"""A sample of the test cases of the onnx package: none may be wrong, crash, hang or show a
traceback.
"""

from __future__ import annotations

import json
import signal
import sys
import time

import numpy as np
import pytest
from end_to_end import missing_program
from layout import ROOT

from nnopt.tools.backend import groups, table
from nnopt.tools.backend_batch import (
    Outcome,
    TimeOut,
    difference,
    limited,
    run_batch,
    time_limit,
)
from nnopt.tools.backend_board import run_sample, same_bits, sample
from nnopt.tools.backend_cases import Case, DataSet, node_cases

SAMPLE = (
    "test_adagrad_multiple",
    "test_argmax_keepdims_example",
    "test_batchnorm_epsilon_training_mode",
    "test_bitshift_left_uint8",
    "test_cast_FLOAT16_to_FLOAT",
    "test_convtranspose_group_2",
    "test_gather_elements_1",
    "test_maxpool_3d_default",
    "test_mod_mixed_sign_int32",
    "test_resize_downsample_scales_cubic",
    "test_scatter_elements_with_duplicate_indices",
    "test_sin",
    "test_where_example",
    "test_bitcast_float32_to_int32",
    "test_col2im_pads",
    "test_cumprod_2d_int32",
    "test_deform_conv_with_multiple_offset_groups",
    "test_dft_opset19",
    "test_gridsample_reflection_padding",
    "test_if",
    "test_linear_attention_gated_delta_gqa",
    "test_loop11",
    "test_lstm_with_peepholes",
    "test_maxpool_with_argmax_2d_precomputed_strides",
    "test_reduce_sum_empty_set",
    "test_roialign_mode_max",
    "test_stft_with_window",
    "test_tensorscatter_circular",
    "test_tfidfvectorizer_tf_batch_uniandbigrams_skip5",
    "test_top_k_negative_axis",
    "test_unique_sorted_without_axis",
)
"""Cases of different families; the last one is refused."""


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.name: case for case in node_cases()}


@pytest.mark.slow
def test_sample(cases: dict[str, Case]):
    outcomes = {o.name: o for o in run_batch([cases[name] for name in SAMPLE])}
    assert [o for o in outcomes.values() if o.status == "fail"] == []
    assert outcomes[SAMPLE[-1]].status == "refusal"
    assert "Unique" in outcomes[SAMPLE[-1]].message
    assert all(outcomes[name].status == "pass" for name in SAMPLE[:-1])


ON_BOARD = (
    "test_adam",
    "test_argmax_keepdims_example",
    "test_bitshift_left_uint8",
    "test_gelu_tanh_2",
    "test_gru_seq_length",
    "test_maxpool_3d_default",
    "test_scatter_elements_with_duplicate_indices",
    "test_softmax_axis_1",
)


@pytest.mark.slow
def test_board_has_the_bits_of_the_host(cases: dict[str, Case]):
    board = "mps2-an386"
    if program := missing_program(board):
        pytest.skip(f"{program} is not installed")
    wanted = [cases[name] for name in ON_BOARD]
    outcomes = list(run_sample(wanted, board, len(wanted)))
    assert [(o.name, o.status, o.message) for o in outcomes] == [(n, "pass", "") for n in ON_BOARD]


def test_a_seed_draws_the_same_sample():
    data: tuple[DataSet, ...] = (({"x": np.zeros(1)}, {}),)
    made = [Case(f"c{i}", "node", "Relu", i % 2 == 0, b"", data, 0.0, 0.0) for i in range(40)]
    drawn = [case.name for case in sample(made, 1)]
    assert drawn == [case.name for case in sample(made, 1)] != [c.name for c in sample(made, 2)]
    assert sorted(drawn) == sorted(case.name for case in made if case.mcu)


def test_bits_are_compared():
    array = np.array([0.0, np.nan], np.float32)
    assert same_bits(array, -np.abs(array) * np.float32(-1))
    assert not same_bits(array, np.array([-0.0, np.nan], np.float32))
    assert not same_bits(array, array.astype(np.float64))
    assert not same_bits(array, np.array([0.0, 1.0], np.float32))


def test_limits_are_of_the_processor():
    spin = limited([sys.executable, "-c", "while True: pass"], b"", 1)
    assert spin.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    with pytest.raises(TimeOut), time_limit(1):
        while True:
            pass
    with time_limit(1):
        time.sleep(1.2)


@pytest.mark.slow
def test_subset_for_microcontrollers_is_the_stored_one(cases: dict[str, Case]):
    stored = json.loads((ROOT / "benchmarks" / "onnx-backend.json").read_text("utf-8"))
    import onnx

    if stored["onnx"] != onnx.__version__:
        pytest.skip(f"the stored table is of onnx {stored['onnx']}")
    members = {name for name, case in cases.items() if case.mcu}
    assert members == {name for name, entry in stored["cases"].items() if entry["mcu"]}
    assert stored["counts"]["all"]["fail"] == 0


def test_differences_are_found():
    expected = np.array([1.0, 2.0, np.nan], np.float32)
    assert difference(expected, expected, 1e-3, 1e-7) is None
    wrong = np.array([1.0, 2.1, np.nan], np.float32)
    assert (
        difference(wrong, expected, 1e-3, 1e-7) == "1 of 3 wrong, at [1] 2.0999999046325684 for 2.0"
    )
    half = np.array([0.1], np.float16)
    assert difference(np.array([0.1], np.float32), half, 0.0, 0.0) is None
    assert difference(np.array([0.2], np.float32), half, 0.0, 0.0)
    assert "shape" in str(difference(expected[:2], expected, 1e-3, 1e-7))
    assert "type" in str(difference(expected.astype(np.float64), expected, 1e-3, 1e-7))


def test_table_counts_cases():
    made = [Case(f"c{i}", "node", "Relu", i < 2, b"", (), 0.0, 0.0) for i in range(3)]
    outcomes = {
        "c0": Outcome("c0", "pass"),
        "c1": Outcome("c1", "refusal", "node 'x' (Relu): no"),
        "c2": Outcome("c2", "fail", "crash"),
    }
    text = table(made, outcomes)
    assert "| MCU subset | 2 | 1 (50.0 %) | 1 | 0 |" in text
    assert "| Relu | 1 | 1 | 1 | 1 of 2 | node '…' (Relu): no |" in text
    assert [c.name for c in groups(made)["MCU subset"]] == ["c0", "c1"]

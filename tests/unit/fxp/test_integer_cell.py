"""The functions of cells in integers, for every number that they can be given."""

import numpy as np

from nnopt.dialects.integer_cell import FRACTION, REACH, product, sigmoid, tanh, tanh_table

ONE = 1 << FRACTION
PLACES = np.arange(-2 * REACH - 9, 2 * REACH + 9)
"""Q16.15 from -16 to 16; beyond, all results are the last ones."""


def test_tanh_is_near_the_exact_one():
    exact = np.tanh(PLACES / ONE) * ONE
    assert np.abs(tanh(PLACES) - np.minimum(exact, ONE - 1)).max() <= 1.6
    wide = np.array([-(2**31), -(2**29), 2**29, 2**31 - 1])
    assert tanh(wide).tolist() == [-ONE, -ONE, ONE - 1, ONE - 1]


def test_sigmoid_is_near_the_exact_one():
    exact = ONE / (1 + np.exp(-PLACES / ONE))
    assert np.abs(sigmoid(PLACES) - exact).max() <= 1.6
    assert sigmoid(PLACES).min() == 0
    assert sigmoid(PLACES).max() == ONE - 1


def test_both_grow():
    for function in (tanh, sigmoid):
        assert (np.diff(function(PLACES)) >= 0).all()


def test_the_table_is_odd_but_for_its_end():
    table = tanh_table().astype(int)
    assert np.abs(table[:512] + table[:512:-1]).max() <= 1
    assert (table[0], table[512], table[-1]) == (-ONE, 0, ONE - 1)


def test_products_are_rounded_once():
    a = np.array([ONE - 1, -ONE, 3, -3, 1 << 14])
    exact = a * 16385 / ONE
    assert np.abs(product(a, np.full(5, 16385)) - exact).max() <= 0.5

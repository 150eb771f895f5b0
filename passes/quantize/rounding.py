"""Rounding weights up or down such that results change least; no xDSL in here.

After Nagel et al., Up or Down? Adaptive Rounding for Post-Training Quantization
(https://arxiv.org/abs/2004.10568): the change of a sum of products is quadratic in the changes of
the weights, and its matrix is the second moment of the inputs. Instead of relaxing the choice,
weights are flipped one by one as long as that lowers the error.
"""

import numpy as np
from numpy.typing import NDArray

SWEEPS = 4
DAMPING = 0.01
"""Share of the mean square of the inputs that every input is taken to have besides."""


def second_moment(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the damped second moment (K, K) of inputs (rows, K)."""
    wide = rows.astype(np.float64)
    moment = wide.T @ wide / max(len(wide), 1)
    damping = DAMPING * float(np.trace(moment)) / max(len(moment), 1)
    return moment + damping * np.eye(len(moment))


def squared_error(
    errors: NDArray[np.floating], moment: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the mean squared error of each of O sums, for errors (O, K) of their weights."""
    return np.einsum("ok,ok->o", errors @ moment, errors)


def round_weights(
    steps: NDArray[np.floating], moment: NDArray[np.floating], limit: int
) -> NDArray[np.int64]:
    """Round weights (O, K), in steps, to one of their two neighbours each, within +-limit.

    Starts at the nearest integers; the squared error of no sum is larger than with those. Weights
    at the limit stay, since the scale was chosen for them.
    """
    nearest = np.clip(np.rint(steps), -limit, limit)
    integers = nearest.copy()
    errors = integers - steps
    gradient = errors @ moment
    for _ in range(SWEEPS):
        flipped = False
        for k in range(steps.shape[1]):
            move = np.where(errors[:, k] > 0, -1.0, 1.0)
            change = move * (2 * gradient[:, k] + move * moment[k, k])
            allowed = (np.abs(nearest[:, k]) < limit) & (np.abs(errors[:, k] + move) < 1)
            rows = np.flatnonzero(allowed & (change < -1e-12))
            if rows.size:
                integers[rows, k] += move[rows]
                errors[rows, k] += move[rows]
                gradient[rows] += move[rows, None] * moment[k]
                flipped = True
        if not flipped:
            break
    return integers.astype(np.int64)

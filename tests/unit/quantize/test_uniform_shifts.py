"""One shift for all channels: every accumulator in range gives the result that it gave before."""

import numpy as np

from nnopt.lowering.integer.uniform_shifts import Channel, one_shift

FIRST, LAST = -128, 127


def rescaled(accumulators: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    rounded = (accumulators * multiplier + (1 << (shift - 1))) >> shift
    return np.clip(rounded, FIRST, LAST)


def test_every_accumulator_keeps_its_result() -> None:
    rng = np.random.default_rng(5)
    changed = 0
    for _ in range(200):
        low, high = -int(rng.integers(1, 20000)), int(rng.integers(1, 20000))
        channels = [
            Channel(int(m), int(s), low, high)
            for m, s in zip(rng.integers(2**20, 2**24, 3), rng.integers(30, 34, 3), strict=True)
        ]
        found = one_shift(channels, FIRST, LAST)
        if found is None:
            continue
        shift, multipliers = found
        accumulators = np.arange(low, high + 1, dtype=np.int64)
        for channel, multiplier in zip(channels, multipliers, strict=True):
            before = rescaled(accumulators, channel.multiplier, channel.shift)
            assert np.array_equal(rescaled(accumulators, multiplier, shift), before)
            changed += channel.shift != shift
    assert changed > 50

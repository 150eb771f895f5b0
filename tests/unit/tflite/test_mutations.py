"""Damaged files: each one is imported or refused with an NnoptError, whatever was damaged."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from tflite_models import small_network

from nnopt.dialects.errors import NnoptError
from nnopt.lowering.tflite_frontend import import_tflite

ROUNDS = int(os.environ.get("NNOPT_FUZZ_ROUNDS", "600"))
SECONDS = 10
NUMBERS = (0, 1, 2, 3, 127, 128, 255, 65535, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Some bytes, or the number at some place, are others; or the end is cut off."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        place = rng.randrange(8, len(changed))
        match rng.randrange(4):
            case 0:
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                changed[place] = rng.randrange(256)
            case 2:
                word = place & -4
                changed[word : word + 4] = rng.choice(NUMBERS).to_bytes(4, "little")
            case _:
                other = rng.randrange(8, len(changed))
                changed[place : place + 4] = changed[other : other + 4]
    if rng.random() < 0.05:
        del changed[rng.randrange(len(changed)) :]
    return bytes(changed)


@contextmanager
def time_limit(seconds: int) -> Generator[None]:
    def expired(*_: object) -> None:
        raise TimeoutError(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(4))
def test_damaged_files(seed: int):
    rng = random.Random(seed)
    data = small_network(seed).build()
    refused = 0
    for _ in range(ROUNDS // 4):
        with time_limit(SECONDS):
            try:
                import_tflite(damaged(data, rng)).verify()
            except NnoptError as error:
                refused += 1
                assert str(error).strip() and "\n" not in str(error)
    assert ROUNDS // 16 < refused < ROUNDS // 4

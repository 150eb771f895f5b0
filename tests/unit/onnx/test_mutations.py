"""Damaged models: each one is imported or refused with an NnoptError, whatever was damaged."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest

from nnopt.dialects.errors import NnoptError
from nnopt.lowering.onnx_frontend import import_model

MODELS = Path(__file__).parents[3] / "examples" / "models"
ROUNDS = 150
NUMBERS = (0, 1, -1, 2, 3, 7, 1 << 31, -(1 << 31), (1 << 63) - 1, -(1 << 63))


def fields(message: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """Every set field of a message and of those inside, except for texts for people."""
    for descriptor, value in message.ListFields():
        if descriptor.name == "doc_string":
            continue
        yield message, descriptor
        if descriptor.type == descriptor.TYPE_MESSAGE:
            for item in [value] if hasattr(value, "ListFields") else value:
                yield from fields(item, depth + 1)


def damage(model: onnx.ModelProto, rng: random.Random) -> None:
    """Change one field somewhere: drop it, repeat or shuffle elements, or put in other values."""
    message, descriptor = rng.choice(list(fields(model)))
    value = getattr(message, descriptor.name)
    is_list = hasattr(value, "append") or hasattr(value, "add")
    choice = rng.randrange(4)
    if choice == 0:
        message.ClearField(descriptor.name)
    elif is_list and choice == 1:
        del value[rng.randrange(len(value))]
    elif is_list and descriptor.type == descriptor.TYPE_MESSAGE:
        value.append(rng.choice(list(value)))
    elif descriptor.type == descriptor.TYPE_MESSAGE:
        message.ClearField(descriptor.name)
    elif descriptor.type in (descriptor.TYPE_STRING, descriptor.TYPE_BYTES):
        text = rng.choice(["", "x", "int", "SAME_UPPER", "../..", "é%n\n", "y" * 300])
        put(
            message,
            descriptor,
            text if descriptor.type == descriptor.TYPE_STRING else text.encode(),
            rng,
        )
    elif descriptor.type in (descriptor.TYPE_FLOAT, descriptor.TYPE_DOUBLE):
        put(message, descriptor, rng.choice([0.0, -1.0, float("nan"), float("inf"), 1e38]), rng)
    else:
        number = rng.choice(NUMBERS)
        narrow = descriptor.type in (descriptor.TYPE_INT32, descriptor.TYPE_ENUM)
        put(message, descriptor, max(min(number, 30), -30) if narrow else number, rng)


def put(message: Any, descriptor: Any, new: Any, rng: random.Random) -> None:
    """Store a value in a field or in one element of a list; a value out of range is left out."""
    value = getattr(message, descriptor.name)
    try:
        if hasattr(value, "append"):
            value[rng.randrange(len(value))] = new
        else:
            setattr(message, descriptor.name, new)
    except ValueError:
        message.ClearField(descriptor.name)


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.onnx")), ids=lambda path: path.stem)
def test_damaged_models(path: Path) -> None:
    rng = random.Random(path.stem)
    refused = 0
    for _ in range(ROUNDS):
        model = onnx.ModelProto()
        model.ParseFromString(path.read_bytes())
        for _ in range(rng.choice((1, 1, 2, 4))):
            damage(model, rng)
        try:
            import_model(model).verify()
        except NnoptError as error:
            refused += 1
            assert str(error).strip() and "\n" not in str(error)
    assert refused > ROUNDS // 4

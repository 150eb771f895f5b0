"""Interpreter of the `dsp` dialect: registers are Python integers, signed 32 bit."""

from typing import Any

import numpy as np
from xdsl.interpreter import Interpreter, InterpreterFunctions, PythonValues, impl, register_impls
from xdsl.utils.exceptions import InterpretationError

from .. import dsp

MASK32 = 0xFFFF_FFFF


def signed(value: int, bits: int) -> int:
    """`value` modulo 2^bits as a signed integer."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def lanes(word: int) -> tuple[int, int]:
    """The two signed 16-bit lanes of a register, low lane first."""
    return signed(word, 16), signed(word >> 16, 16)


def pair(low: int, high: int) -> int:
    """The register made of two lanes, each taken modulo 2^16."""
    return signed((low & 0xFFFF) | (high & 0xFFFF) << 16, 32)


def rotated_bytes(word: int, rotation: int) -> tuple[int, int]:
    """Bytes 0 and 2 of `word` rotated right by `rotation` bits."""
    word &= MASK32
    word = (word >> rotation | word << (32 - rotation)) & MASK32
    return word & 0xFF, word >> 16 & 0xFF


@register_impls
class DspFunctions(InterpreterFunctions):
    """Implementations of the `dsp` ops."""

    @impl(dsp.LoadX4Op)
    def load_x4(self, interpreter: Interpreter, op: dsp.LoadX4Op, args: PythonValues) -> Any:
        memory, index = args
        if index < 0 or index + 4 > memory.size:
            raise InterpretationError(
                f"dsp.load_x4: bytes {index} to {index + 4} lie outside {memory.size} elements"
            )
        data = np.ascontiguousarray(memory[index : index + 4]).tobytes()
        return (int.from_bytes(data, "little", signed=True),)

    @impl(dsp.Sxtab16Op)
    def sxtab16(self, interpreter: Interpreter, op: dsp.Sxtab16Op, args: PythonValues) -> Any:
        low, high = lanes(args[0])
        byte0, byte2 = rotated_bytes(args[1], op.rotation.value.data)
        return (pair(low + signed(byte0, 8), high + signed(byte2, 8)),)

    @impl(dsp.Uxtab16Op)
    def uxtab16(self, interpreter: Interpreter, op: dsp.Uxtab16Op, args: PythonValues) -> Any:
        low, high = lanes(args[0])
        byte0, byte2 = rotated_bytes(args[1], op.rotation.value.data)
        return (pair(low + byte0, high + byte2),)

    @impl(dsp.SmladOp)
    def smlad(self, interpreter: Interpreter, op: dsp.SmladOp, args: PythonValues) -> Any:
        (a0, a1), (b0, b1) = lanes(args[0]), lanes(args[1])
        return (signed(args[2] + a0 * b0 + a1 * b1, 32),)

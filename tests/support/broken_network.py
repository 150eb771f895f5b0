"""A network that computes what another does, but that 8 bits cannot hold."""

from pathlib import Path
from typing import Any

from onnx import ModelProto, numpy_helper

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "models"


def broken_network(path: Path) -> Path:
    """Write digits_cnn with channel 5 of its first layer times 1000, and of the second over it."""
    model = ModelProto.FromString((SHIPPED / "digits_cnn.onnx").read_bytes())
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    first, second = [node for node in model.graph.node if node.op_type == "Conv"][:2]

    def scale(name: str, place: Any, factor: float) -> None:
        array = numpy_helper.to_array(tensors[name]).copy()
        array[place] *= factor
        tensors[name].CopyFrom(numpy_helper.from_array(array, name))

    scale(first.input[1], 5, 1000)
    scale(first.input[2], 5, 1000)
    scale(second.input[1], (slice(None), 5), 1 / 1000)
    path.write_bytes(model.SerializeToString())
    return path

# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false, reportMissingTypeStubs=false
"""Train the gesture recognizer and write gesture.onnx and its calibration samples.

    python examples/gesture/make_gesture.py      (half a minute; needs torch)

It is trained on synthetic gestures and, where the shared material is, on recorded ones as well;
the shipped file has seen both. What firmware usually does before the network is part of the graph:
the mean over the window (gravity) is taken away, and the rest is scaled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from gestures import AXES, CLASSES, SAMPLES, SEED, Gestures, recorded, synthetic
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).resolve().parent
SCALE = 0.5
CHANNELS = (12, 16, 24)
EPOCHS, BATCH = 40, 16


def training_set() -> Gestures:
    """Synthetic and recorded gestures together."""
    parts = [part for part in (synthetic(800, SEED), recorded("train")) if part is not None]
    windows = np.concatenate([part.windows for part in parts])
    return Gestures(windows, np.concatenate([part.labels for part in parts]), "training")


def train(data: Gestures) -> list[tuple[Any, Any]]:
    """Weights and biases of three convolutions and a classifier, as ONNX lays them out."""
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    sizes = ((AXES, CHANNELS[0]), (CHANNELS[0], CHANNELS[1]), (CHANNELS[1], CHANNELS[2]))
    convolutions = [nn.Conv1d(i, o, 5, stride=2, padding=2) for i, o in sizes]
    net = nn.Sequential(
        *(layer for conv in convolutions for layer in (conv, nn.ReLU())),
        nn.AdaptiveAvgPool1d(4),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(4 * CHANNELS[2], len(CLASSES)),
    )
    steps = EPOCHS * (len(data.labels) // BATCH)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    rng = np.random.default_rng(SEED)
    net.train()
    for _ in range(EPOCHS):
        order = rng.permutation(len(data.labels))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            x = data.windows[chosen] * rng.uniform(0.8, 1.2, (BATCH, 1, 1))
            x = np.roll(x, int(rng.integers(-6, 7)), axis=1)
            x = (x - x.mean(axis=1, keepdims=True)) * SCALE
            optimizer.zero_grad()
            outputs = net(torch.from_numpy(x.transpose(0, 2, 1).astype(np.float32)))
            target = torch.from_numpy(data.labels[chosen].astype(np.int64))
            nn.functional.cross_entropy(outputs, target, label_smoothing=0.05).backward()
            optimizer.step()
            schedule.step()
    layers: list[Any] = [*convolutions, net[-1]]
    return [(m.weight.detach().numpy().copy(), m.bias.detach().numpy().copy()) for m in layers]


def to_onnx(weights: list[tuple[Any, Any]]) -> onnx.ModelProto:
    """The network with its pre-processing: (1, 128, 3) samples in g to probabilities (1, 4)."""
    make = helper.make_node
    constants: dict[str, Any] = {"scale": np.array(SCALE, np.float32)}
    nodes = [
        make("ReduceMean", ["samples"], ["mean"], name="gravity", axes=[1], keepdims=1),
        make("Sub", ["samples", "mean"], ["moved"], name="remove_gravity"),
        make("Mul", ["moved", "scale"], ["scaled"], name="scale_samples"),
        make("Transpose", ["scaled"], ["x0"], name="axes_first", perm=[0, 2, 1]),
    ]
    for number, (weight, bias) in enumerate(weights[:-1]):
        constants |= {f"w{number}": weight, f"b{number}": bias}
        names = [f"x{number}", f"w{number}", f"b{number}"]
        window: dict[str, Any] = {"strides": [2], "pads": [2, 2], "kernel_shape": [5]}
        nodes += [
            make("Conv", names, [f"c{number}"], name=f"conv{number + 1}", **window),
            make("Relu", [f"c{number}"], [f"x{number + 1}"], name=f"relu{number + 1}"),
        ]
    last = len(weights) - 1
    constants |= {"w": weights[-1][0], "b": weights[-1][1]}
    nodes += [
        make("AveragePool", [f"x{last}"], ["p"], name="pool", kernel_shape=[4], strides=[4]),
        make("Flatten", ["p"], ["f"], name="flatten"),
        make("Gemm", ["f", "w", "b"], ["logits"], name="classifier", transB=1),
        make("Softmax", ["logits"], ["gesture"], name="probabilities", axis=-1),
    ]
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "gesture",
        [helper.make_tensor_value_info("samples", floats, [1, SAMPLES, AXES])],
        [helper.make_tensor_value_info("gesture", floats, [1, len(CLASSES)])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.producer_name = "nnopt examples"
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    """Write the files."""
    data = training_set()
    onnx.save(to_onnx(train(data)), FOLDER / "gesture.onnx")
    chosen = np.random.default_rng(SEED).choice(len(data.labels), 64, replace=False)
    np.savez_compressed(FOLDER / "calibration.npz", samples=data.windows[chosen][:, None])


if __name__ == "__main__":
    main()

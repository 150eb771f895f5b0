# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false, reportMissingTypeStubs=false
"""Train the shipped models and write everything in `examples/models/`.

    python examples/make_models.py             train, export, quantize (about a minute)
    python examples/make_models.py --report    the table of examples/README.md, from the files

Training needs `torch` (2.13 made the shipped files) and `scikit-learn`; the
compiler and its tests do not.  Everything is seeded and runs on one thread:
on the same processor family and library versions the files come out the same
to the byte.  (That PyTorch is not installed where types are checked is why
its members are unknown to pyright here.)
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import networks
import numpy as np
import onnx
import onnxruntime
from networks import FloatArray
from numpy.typing import NDArray

MODELS = Path(__file__).resolve().parent / "models"
SEED = 20260101
TEST_SAMPLES = 540
CALIBRATION_SAMPLES = 64
IO_SAMPLES = 16
EPOCHS = 60
BATCH = 32

NETWORKS: dict[str, Callable[[Any, Any], Any]] = {
    "digits_cnn": networks.digits_cnn,
    "digits_dscnn": networks.digits_dscnn,
    "digits_resnet": networks.digits_resnet,
}
QUANTIZED = ("digits_cnn", "digits_resnet")
# Trained with batch normalization and exported without, as deployed networks usually come;
# digits_resnet keeps its BatchNormalization nodes, so that the compiler's folding has work.
FOLDED = ("digits_dscnn",)

Images = NDArray[np.uint8]  # (N, 1, 8, 8), 0..16
Labels = NDArray[np.uint8]  # (N,)


def load_digits() -> tuple[Images, Labels, Images, Labels]:
    """Training images and labels, test images and labels; a seeded random split."""
    from sklearn.datasets import load_digits as bundled  # only needed for training

    data = cast("Any", bundled())  # a Bunch; its type says it may be a tuple
    images = np.asarray(data.images).astype(np.uint8).reshape(-1, 1, 8, 8)
    labels = np.asarray(data.target).astype(np.uint8)
    order = np.random.default_rng(SEED).permutation(len(images))
    test, train = order[:TEST_SAMPLES], order[TEST_SAMPLES:]
    return images[train], labels[train], images[test], labels[test]


def shifted(images: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Each image moved by −1, 0 or 1 pixel in both directions, zeros moving in."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    offsets = rng.integers(0, 3, size=(len(images), 2))
    moved = [p[:, r : r + 8, c : c + 8] for p, (r, c) in zip(padded, offsets, strict=True)]
    return np.stack(moved)


def batches(
    images: FloatArray, labels: Labels, rng: np.random.Generator
) -> Iterator[tuple[FloatArray, Labels]]:
    """One epoch of shuffled, shifted batches; the last, incomplete one is dropped."""
    order = rng.permutation(len(images))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        yield shifted(images[chosen], rng), labels[chosen]


def train(name: str, images: Images, labels: Labels) -> dict[str, FloatArray]:
    """The trained weights of a network, as `OnnxBackend` wants them."""
    import torch
    from torch_backend import TorchNetwork

    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    rng = np.random.default_rng(SEED)
    net = TorchNetwork(NETWORKS[name])
    net(torch.zeros(2, 1, 8, 8))  # creates the layers
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    net.train()
    for _ in range(EPOCHS):
        for x, y in batches(images.astype(np.float32), labels, rng):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                net(torch.from_numpy(x)), torch.from_numpy(y.astype(np.int64)), label_smoothing=0.05
            )
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.weights()


class CalibrationReader:
    """Feeds onnxruntime's quantizer one sample at a time."""

    def __init__(self, images: FloatArray) -> None:
        self.rest = iter(images)

    def get_next(self) -> dict[str, FloatArray] | None:
        """The next input, or None at the end."""
        image = next(self.rest, None)
        return None if image is None else {"input": image[None]}


def quantize(model: onnx.ModelProto, calibration: FloatArray) -> onnx.ModelProto:
    """Static QDQ by onnxruntime: int8 activations, int8 weights per channel, min/max ranges."""
    from onnxruntime import quantization as q

    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, source)
        q.quantize_static(
            source,
            result,
            CalibrationReader(calibration),  # pyright: ignore[reportArgumentType]  # duck-typed
            quant_format=q.QuantFormat.QDQ,
            activation_type=q.QuantType.QInt8,
            weight_type=q.QuantType.QInt8,
            per_channel=True,
            calibrate_method=q.CalibrationMethod.MinMax,
        )
        quantized = onnx.load(result)
    used = {node.domain for node in quantized.graph.node}
    kept = [opset for opset in quantized.opset_import if opset.domain in used]
    del quantized.opset_import[:]
    quantized.opset_import.extend(kept)
    quantized.producer_name = f"nnopt examples, onnxruntime {onnxruntime.__version__}"
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


def run_model(path: Path, images: NDArray[Any]) -> FloatArray:
    """Outputs of onnxruntime, shape (N, 1, 10), one inference per image."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    inputs = images.astype(np.float32).reshape(-1, 1, 1, 8, 8)
    return np.stack([np.asarray(session.run(["output"], {"input": x})[0]) for x in inputs])


def write_io(path: Path, images: Images, labels: Labels) -> None:
    """`X_io.npz` beside `X.onnx`: the first test inputs and onnxruntime's outputs for them."""
    first = images[:IO_SAMPLES]
    np.savez_compressed(
        path.with_name(f"{path.stem}_io.npz"),
        in_input=first.astype(np.float32)[:, None],
        out_output=run_model(path, first),
        label=labels[:IO_SAMPLES],
        index=np.arange(IO_SAMPLES, dtype=np.int32),
    )


def write_models() -> None:
    """Train all networks; write models, io files, calibration inputs and the test split."""
    images, labels, test_images, test_labels = load_digits()
    MODELS.mkdir(exist_ok=True)
    chosen = np.random.default_rng(SEED + 1).choice(len(images), CALIBRATION_SAMPLES, replace=False)
    calibration = images[chosen].astype(np.float32)
    np.savez_compressed(MODELS / "digits_calibration.npz", input=calibration[:, None])
    np.savez_compressed(MODELS / "digits_test.npz", input=test_images[:, None], label=test_labels)
    for name, network in NETWORKS.items():
        weights = train(name, images, labels)
        written = [MODELS / f"{name}.onnx"]
        model = networks.to_onnx(name, network, weights, fold_batch_norm=name in FOLDED)
        onnx.save(model, written[0])
        if name in QUANTIZED:
            folded = networks.to_onnx(name, network, weights, fold_batch_norm=True)
            written.append(MODELS / f"{name}_int8.onnx")
            onnx.save(quantize(folded, calibration), written[1])
        for path in written:
            write_io(path, test_images, test_labels)
            print(f"{path.name}: {accuracy(path):.2%}")


def accuracy(path: Path) -> float:
    """Share of the test split that onnxruntime classifies right."""
    with np.load(MODELS / "digits_test.npz") as data:
        best = run_model(path, data["input"]).reshape(len(data["label"]), 10).argmax(axis=1)
        return float((best == data["label"]).mean())


def parameters_and_macs(model: onnx.ModelProto) -> tuple[int, int]:
    """Size of all weights, and multiply-accumulates of convolutions and fully connected layers."""
    inferred = onnx.shape_inference.infer_shapes(model)
    values = [*inferred.graph.value_info, *inferred.graph.output]
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}
    shapes |= {t.name: list(t.dims) for t in model.graph.initializer}
    parameters = macs = 0
    for node in inferred.graph.node:
        if node.op_type in ("Conv", "Gemm", "BatchNormalization"):
            parameters += sum(int(np.prod(shapes[name])) for name in node.input[1:])
        if node.op_type in ("Conv", "Gemm"):
            positions = shapes[node.output[0]][2:]  # none for Gemm
            macs += int(np.prod(shapes[node.input[1]]) * np.prod(positions))
    return parameters, macs


def report() -> str:
    """The table of README.md: size, parameters, multiply-accumulates, accuracy."""
    lines = ["| model | bytes | parameters | MACs | test accuracy |", "|---|---:|---:|---:|---:|"]
    for path in sorted(MODELS.glob("*.onnx")):
        model = onnx.load(path)
        row = (path.name, path.stat().st_size, *parameters_and_macs(model), f"{accuracy(path):.2%}")
        lines.append("| " + " | ".join(str(cell) for cell in row) + " |")
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make the shipped example models.")
    parser.add_argument("--report", action="store_true", help="print the table, train nothing")
    if not parser.parse_args().report:
        write_models()
    print(report())


if __name__ == "__main__":
    main()

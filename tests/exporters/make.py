"""Makes the models of this folder: small networks as each exporter writes them.

    python tests/exporters/make.py pytorch | keras | sklearn | onnxruntime

Each argument needs that exporter's packages (torch with onnx and onnxscript; tensorflow with
tf2onnx; scikit-learn with skl2onnx; onnxruntime), which the tests do not: they read the files. The
inputs and the outputs of onnxruntime lie beside each model. `onnxruntime` quantizes what `pytorch`
has made.
"""

# pyright: basic, reportMissingImports=false, reportCallIssue=false, reportArgumentType=false
# pyright: reportMissingModuleSource=false, reportAttributeAccessIssue=false, reportReturnType=false, reportOptionalMemberAccess=false
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SAMPLES = 4


def make_pytorch() -> None:
    """A convolutional network with the usual layers and a GRU step, by both exporters."""
    import torch
    from torch import nn

    torch.manual_seed(1)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(2, 4, 3, padding=1, bias=False)
            self.norm = nn.BatchNorm2d(4)
            self.deep = nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=4)
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.head = nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = nn.functional.hardswish(self.norm(self.stem(x)))
            y = nn.functional.relu6(self.deep(y)) + nn.functional.max_pool2d(y, 2)
            y = self.pool(y).view(x.size(0), -1)
            return nn.functional.log_softmax(self.head(y), dim=1)

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.LayerNorm(8)
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.inner, self.outer = nn.Linear(8, 12), nn.Linear(12, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.norm(x)
            x = x + self.attention(y, y, y, need_weights=False)[0]
            return x + self.outer(nn.functional.gelu(self.inner(x)))

    class Step(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.head = nn.GRUCell(3, 6), nn.Linear(6, 2)

        def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            h = self.cell(x, h)
            return self.head(h), h

    image, tokens = torch.randn(1, 2, 8, 8), torch.randn(1, 5, 8)
    step = (torch.randn(1, 3), torch.zeros(1, 6))
    networks = {
        "cnn": (Net(), (image,), ["image"], ["scores"]),
        "block": (Block(), (tokens,), ["tokens"], ["mixed"]),
        "gru_step": (Step(), step, ["x", "h"], ["y", "next_h"]),
    }
    for name, (network, inputs, names, results) in networks.items():
        network.eval()
        batch = {key: {0: "batch"} for key in names}
        torch.onnx.export(
            network, inputs, HERE / f"torchscript_{name}.onnx", input_names=names,
            output_names=results, dynamo=False, opset_version=17,
            dynamic_axes=batch if name == "cnn" else None,
        )  # fmt: skip
        shapes = tuple({0: torch.export.Dim("batch")} for _ in names)
        if name == "cnn":
            inputs = (torch.randn(2, 2, 8, 8),)
        torch.onnx.export(
            network, inputs, HERE / f"dynamo_{name}.onnx", input_names=names,
            output_names=results, dynamo=True, external_data=False,
            dynamic_shapes=shapes if name == "cnn" else None,
        )  # fmt: skip
        drop_metadata(HERE / f"dynamo_{name}.onnx")


def drop_metadata(path: Path) -> None:
    """Leave out the Python stack of each node, which is longer than the network."""
    import onnx

    model = onnx.load(path)
    for message in (model, model.graph, *model.graph.node, *model.graph.value_info):
        del message.metadata_props[:]
    for message in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del message.metadata_props[:]
    onnx.save(model, path)


def make_keras() -> None:
    """A convolutional network of Keras by tf2onnx, with its transposes and open batch."""
    import keras
    import tensorflow as tf
    import tf2onnx

    keras.utils.set_random_seed(1)
    layers = keras.layers
    network = keras.Sequential(
        [
            layers.Input((9, 9, 2), name="image"),
            layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.LeakyReLU(),
            layers.MaxPooling2D(2, padding="same"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    signature = [tf.TensorSpec((None, 9, 9, 2), tf.float32, name="image")]
    function = tf.function(lambda image: network(image, training=False), signature)
    path = str(HERE / "tf2onnx_keras.onnx")
    tf2onnx.convert.from_function(function, signature, opset=15, output_path=path)


def make_sklearn() -> None:
    """Multi-layer perceptrons of scikit-learn: a classifier with its scaler, a regressor."""
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(1)
    x = rng.normal(1, 3, (200, 5)).astype(np.float32)
    classes = (x[:, 0] > x[:, 1]).astype(np.int64) + (x[:, 2] > 2)
    tall = MLPClassifier((8,), max_iter=300, random_state=1)
    classifier = make_pipeline(StandardScaler(), tall).fit(x, classes)
    deep = MLPRegressor(hidden_layer_sizes=(6, 4), activation="tanh", max_iter=300, random_state=1)
    regressor = deep.fit(x, (x[:, 0] * x[:, 1] - x[:, 2]).astype(np.float32))
    options = {id(classifier): {"zipmap": False}}
    models = {
        "classifier": to_onnx(classifier, x[:1], options=options, target_opset=18),
        "classifier_zipmap": to_onnx(classifier, x[:1], target_opset=18),
        "regressor": to_onnx(regressor, x[:1], target_opset=18),
    }
    for name, model in models.items():
        (HERE / f"skl2onnx_{name}.onnx").write_bytes(model.SerializeToString())


def make_onnxruntime() -> None:
    """The network of `pytorch` by each of onnxruntime's quantizers."""
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    source, ready = HERE / "torchscript_cnn.onnx", HERE / "ready.onnx"
    quant_pre_process(source, ready, skip_symbolic_shape=True)

    class Reader(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.samples = iter(np.random.default_rng(2).normal(size=(8, 1, 2, 8, 8)))

        def get_next(self) -> dict[str, np.ndarray] | None:
            sample = next(self.samples, None)
            return None if sample is None else {"image": sample.astype(np.float32)}

    kinds, formats = quantization.QuantType, quantization.QuantFormat
    for name, format_, per_channel, activation in (
        ("qdq", formats.QDQ, True, kinds.QInt8),
        ("qoperator", formats.QOperator, False, kinds.QUInt8),
    ):
        quantization.quantize_static(
            ready, HERE / f"ort_{name}.onnx", Reader(), quant_format=format_,
            per_channel=per_channel, activation_type=activation, weight_type=kinds.QInt8,
        )  # fmt: skip
    quantization.quantize_dynamic(ready, HERE / "ort_dynamic.onnx", weight_type=kinds.QInt8)
    ready.unlink()


def add_expected(path: Path) -> None:
    """Store inputs and what onnxruntime makes of them beside the model."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options)
    rng = np.random.default_rng(3)
    given = {
        value.name: rng.normal(
            1, 2, (SAMPLES, *(d if isinstance(d, int) else 1 for d in value.shape))
        ).astype(np.float32)
        for value in session.get_inputs()
    }
    rows = [session.run(None, {k: v[i] for k, v in given.items()}) for i in range(SAMPLES)]
    arrays = {f"in_{name}": array for name, array in given.items()}
    for index, value in enumerate(session.get_outputs()):
        if isinstance(rows[0][index], np.ndarray):
            arrays[f"out_{value.name}"] = np.stack([row[index] for row in rows])
    np.savez_compressed(path.with_name(f"{path.stem}_io.npz"), **arrays)


MAKERS = {
    "pytorch": ("torchscript dynamo", make_pytorch),
    "keras": ("tf2onnx", make_keras),
    "sklearn": ("skl2onnx", make_sklearn),
    "onnxruntime": ("ort", make_onnxruntime),
}

if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if argument == "expected":
            for model in sorted(HERE.glob("*.onnx")):
                add_expected(model)
        else:
            MAKERS[argument][1]()

"""The networks that an experiment can name."""

from __future__ import annotations

from collections.abc import Callable

from ...dialects.errors import NnoptError
from .experiment import NetworkChoice
from .network import INPUT, Network, Shape

LARGE_IMAGE = 24
"""Images of this side and more are halved before the blocks of a ResNet-6."""


def resnet6(shape: Shape, classes: int, choice: NetworkChoice) -> Network:
    """Six convolutions in two residual blocks, of MicroAI (https://arxiv.org/abs/2105.13331).

    On sequences and on images; `filters` everywhere. The last pool leaves one position of a
    sequence and 2x2 of an image.
    """
    net, filters = Network(shape), choice.filters
    x = net.relu("stem/relu", net.conv("stem/conv", INPUT, filters))
    if len(shape) == 3 and min(shape[1:]) >= LARGE_IMAGE:
        x = net.max_pool("stem/pool", x, (2, 2))
    y = net.relu("block1/relu1", net.conv("block1/conv1", x, filters))
    y = net.conv("block1/conv2", y, filters)
    x = net.relu("block1/relu2", net.add("block1/add", y, x))
    y = net.relu("block2/relu1", net.conv("block2/conv1", x, filters, stride=2))
    y = net.conv("block2/conv2", y, filters)
    x = net.conv("block2/project", x, filters, window=1, stride=2)
    x = net.relu("block2/relu2", net.add("block2/add", y, x))
    sizes = net.shapes[x][1:]
    window = sizes if len(sizes) == 1 else tuple(max(1, size // 2) for size in sizes)
    x = net.flatten("flatten", net.max_pool("pool", x, window))
    net.fully_connected("classifier", x, classes)
    return net


def cnn(shape: Shape, classes: int, choice: NetworkChoice) -> Network:
    """Two convolutions, of `filters` and twice as many, each halved by a pool; one dense layer."""
    net, x = Network(shape), INPUT
    for block, filters in enumerate((choice.filters, 2 * choice.filters), 1):
        x = net.relu(f"relu{block}", net.conv(f"conv{block}", x, filters))
        x = net.max_pool(f"pool{block}", x, (2,) * (len(shape) - 1))
    net.fully_connected("classifier", net.flatten("flatten", x), classes)
    return net


def mlp(shape: Shape, classes: int, choice: NetworkChoice) -> Network:
    """Fully connected layers of the sizes in `hidden`, then the classes."""
    net = Network(shape)
    x = INPUT if len(shape) == 1 else net.flatten("flatten", INPUT)
    for number, features in enumerate(choice.hidden, 1):
        x = net.relu(f"relu{number}", net.fully_connected(f"hidden{number}", x, features))
    net.fully_connected("classifier", x, classes)
    return net


NETWORKS: dict[str, Callable[[Shape, int, NetworkChoice], Network]] = {
    "resnet6": resnet6,
    "cnn": cnn,
    "mlp": mlp,
}


def build_network(choice: NetworkChoice, shape: Shape, classes: int) -> Network:
    """The network of an experiment for samples of a shape. Raises NnoptError where it has none."""
    if choice.kind != "mlp" and len(shape) not in (2, 3):
        raise NnoptError(
            f"network '{choice.kind}' takes samples of (channels, positions) or (channels, rows, "
            f"columns), but those of the data have shape {shape}"
        )
    if choice.kind != "mlp" and min(shape[1:]) < 4:
        raise NnoptError(f"network '{choice.kind}' wants 4 positions at least, not {shape[1:]}")
    return NETWORKS[choice.kind](shape, classes, choice)

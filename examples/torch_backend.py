# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUntypedBaseClass=false, reportUnknownParameterType=false
"""The training half of `networks.py`: the same functions run in PyTorch.

Only `make_models.py` uses this.  PyTorch is not installed where types are
checked, therefore its members are unknown to pyright here.
"""

from collections.abc import Callable
from typing import Any

from networks import BATCH_NORM_EPSILON, PIXEL_MAX, FloatArray
from torch import nn
from torch.nn import functional

Tensor = Any  # torch.Tensor


class TorchNetwork(nn.Module):
    """A network function as a module; the first call creates the layers.

    Training sees the images divided by 16; `weights` puts that factor into the
    first convolution, so that the exported model takes pixel values as they are.
    """

    def __init__(self, network: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.network = network
        self.layers = nn.ModuleDict()

    def forward(self, x: Tensor) -> Tensor:
        """Logits, shape (N, 10)."""
        return self.network(self, x / PIXEL_MAX)

    def _layer(self, name: str, make: Callable[[], nn.Module], x: Tensor) -> Tensor:
        if name not in self.layers:
            self.layers[name] = make()
        return self.layers[name](x)

    def conv(
        self,
        name: str,
        x: Tensor,
        shape: tuple[int, int],
        kernel: int = 3,
        stride: int = 1,
        pad: int = 1,
        groups: int = 1,
        batch_norm: bool = False,
    ) -> Tensor:
        """See `networks.Backend.conv`."""
        x = self._layer(
            name,
            lambda: nn.Conv2d(*shape, kernel, stride, pad, groups=groups, bias=not batch_norm),
            x,
        )
        if batch_norm:
            x = self._layer(f"{name}_norm", lambda: nn.BatchNorm2d(shape[1], BATCH_NORM_EPSILON), x)
        return x

    def linear(self, name: str, x: Tensor, shape: tuple[int, int]) -> Tensor:
        """See `networks.Backend.linear`."""
        return self._layer(name, lambda: nn.Linear(*shape), x)

    def pad_after(self, name: str, x: Tensor) -> Tensor:
        """See `networks.Backend.pad_after`."""
        return functional.pad(x, (0, 1, 0, 1))

    def relu(self, name: str, x: Tensor) -> Tensor:
        """max(x, 0)."""
        return functional.relu(x)

    def relu6(self, name: str, x: Tensor) -> Tensor:
        """min(max(x, 0), 6)."""
        return functional.relu6(x)

    def max_pool(self, name: str, x: Tensor) -> Tensor:
        """2×2, stride 2."""
        return functional.max_pool2d(x, 2)

    def global_average(self, name: str, x: Tensor) -> Tensor:
        """Mean over rows and columns."""
        return x.mean(dim=(2, 3), keepdim=True)

    def flatten(self, name: str, x: Tensor) -> Tensor:
        """Everything but the batch in one axis."""
        return x.flatten(1)

    def add(self, name: str, a: Tensor, b: Tensor) -> Tensor:
        """Sum of two values."""
        return a + b

    def softmax(self, name: str, x: Tensor) -> Tensor:
        """The logits themselves: the loss has its own softmax."""
        return x

    def weights(self) -> dict[str, FloatArray]:
        """Parameters by "layer.parameter", named as `networks.OnnxBackend` reads them."""
        found: dict[str, FloatArray] = {}
        first = True
        for name, layer in self.layers.items():
            values = {key: tensor.detach().numpy() for key, tensor in layer.state_dict().items()}
            if isinstance(layer, nn.BatchNorm2d):
                renamed = {
                    "scale": "weight",
                    "shift": "bias",
                    "mean": "running_mean",
                    "variance": "running_var",
                }
                owner = name.removesuffix("_norm")
                found |= {f"{owner}.{new}": values[old] for new, old in renamed.items()}
                continue
            if first:
                values["weight"] = values["weight"] / PIXEL_MAX
                first = False
            found |= {f"{name}.{key}": value for key, value in values.items()}
        return found

"""Take the mean error that quantization makes out of the biases."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects.errors import NnoptError
from .insert_quantizers import InsertQuantizersPass
from .reconstruction import Adaptation


@dataclass(frozen=True)
class CorrectBiasPass(ModulePass):
    """Change biases such that the mean result of each channel is that of the real network.

    After Nagel et al., Data-Free Quantization (https://arxiv.org/abs/1906.04721), measured on data:
    rounded weights and inputs shift the mean of a channel, which its bias can undo. Run it after
    `calibrate` (and `round-weights`) and before `insert-quantizers`, with the same scheme.

    The inputs are 0.5 on average here: 4.25 rounded to 4 makes the sum smaller by 0.125.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>})
        -> tensor<1x1xf32> {
      %w = nn.constant {value = dense<[[127.0, 4.25, 0.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
      %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
      %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>}
          : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
      func.return %h : tensor<1x1xf32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>})
        -> tensor<1x1xf32> {
      %w = nn.constant {value = dense<[[127.0, 4.25, 0.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
      %b = nn.constant {value = dense<1.125> : tensor<1xf32>} : tensor<1xf32>
      %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>}
          : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
      func.return %h : tensor<1x1xf32>
    }
    ```
    """

    name = "correct-bias"

    data: str
    """An .npz with arrays (N, *input shape), or a folder of .npy files or images, one a sample."""

    scheme: str = "int8"
    """The scheme that `insert-quantizers` is going to be given."""

    layers: str = "{}"
    """The schemes of single layers that `insert-quantizers` is going to be given."""

    limit: int = 64
    """Use only the first so many samples."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Adapt layer by layer."""
        quantizers = InsertQuantizersPass(self.scheme, self.layers)
        try:
            Adaptation(quantizers, self.data, self.limit, biases=True).apply(op)
        except NnoptError as error:
            raise PassFailedException(f"correct-bias: {error}") from error

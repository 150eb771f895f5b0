"""Round weights up or down such that the results of each layer change least."""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects.errors import NnoptError
from .insert_quantizers import InsertQuantizersPass
from .reconstruction import Adaptation


@dataclass(frozen=True)
class RoundWeightsPass(ModulePass):
    """Move the weights of a calibrated graph to the steps that they will be quantized to.

    Which of the two neighbours a weight goes to is decided by the data, as in AdaRound
    (https://arxiv.org/abs/2004.10568): the sums over inputs that occur together shall change least.
    Run it after `calibrate` and before `insert-quantizers`, with the same scheme.

    All three inputs are always equal here: one of the two small weights goes up.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>})
        -> tensor<1x1xf32> {
      %w = nn.constant {value = dense<[[127.0, 4.375, 4.375]]> : tensor<1x3xf32>} : tensor<1x3xf32>
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
      %w = nn.constant {value = dense<[[127.0, 5.0, 4.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
      %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
      %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>}
          : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
      func.return %h : tensor<1x1xf32>
    }
    ```
    """

    name = "round-weights"

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
            Adaptation(quantizers, self.data, self.limit, rounding=True).apply(op)
        except NnoptError as error:
            raise PassFailedException(f"round-weights: {error}") from error

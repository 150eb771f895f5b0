"""Give every layer the coarsest scheme with which the network stays exact enough."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, StringAttr
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects import nn
from ...dialects.errors import NnoptError
from ...dialects.interpreters import find_function
from .batching import stacked
from .calibrate import SCHEME, argument_attributes, input_names, module_samples
from .mixed import CANDIDATES, Choice, Target, choose
from .samples import read_labels
from .sensitivity import Study


@dataclass(frozen=True)
class ChooseSchemesPass(ModulePass):
    """Choose the scheme of each layer of a calibrated graph from the noise that it makes.

    The attribute `nn.scheme` tells `insert-quantizers`. All start with the first candidate; those
    whose noise weighs most for the price of finer steps are upgraded, until no more accuracy is
    lost (on the data, with everything quantized) than allowed.

    With `sqnr=40`: the result would have steps of 2 in 8 bits, and its values are 15 at most here.

    Before:

    ```mlir
    func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>})
        -> tensor<1x1xf32> {
      %w = nn.constant {value = dense<[[127.0, -60.0, -60.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
      %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
      %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>}
          : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("h")
      func.return %h : tensor<1x1xf32>
    }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<1x3xf32> {nn.name = "x", nn.range = array<f64: -16.0, 15.875>,
                                         nn.scheme = "int8"})
        -> tensor<1x1xf32> {
      %w = nn.constant {value = dense<[[127.0, -60.0, -60.0]]> : tensor<1x3xf32>} : tensor<1x3xf32>
      %b = nn.constant {value = dense<1.0> : tensor<1xf32>} : tensor<1xf32>
      %h = nn.fully_connected %x, %w, %b {nn.range = array<f64: -256.0, 255.0>,
                                          nn.scheme = "int16x8"}
          : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("h")
      func.return %h : tensor<1x1xf32>
    }
    ```
    """

    name = "choose-schemes"

    data: str
    """An .npz with arrays (N, *input shape), or a folder of .npy files or images, one a sample."""

    labels: str | None = None
    """Classes of the samples (.npy, or .npz with the key label): accuracy instead of agreement."""

    candidates: tuple[str, ...] = CANDIDATES
    """Schemes from coarse to fine; float may be the last."""

    accuracy: float | None = None
    """Points of accuracy (without labels, of agreement with the real graph) that may be lost."""

    sqnr: float | None = None
    """Signal to noise ratio that the output has to have, in dB."""

    limit: int = 200
    """Use only the first so many samples."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Measure, choose, mark."""
        try:
            loss = None if self.accuracy is None else self.accuracy / 100
            study = study_of(op, self.data, self.labels, self.limit)
            mark(op, choose(study, Target(loss, self.sqnr), self.candidates))
        except NnoptError as error:
            raise PassFailedException(f"choose-schemes: {error}") from error


def study_of(module: ModuleOp, data: str, labels: str | Path | None, limit: int) -> Study:
    """Return a study of a calibrated graph on the first samples. Raises NnoptError."""
    some = list(islice(module_samples(module, data), limit))
    if not some:
        raise NnoptError("at least one sample is needed")
    samples = stacked(some)
    count = len(next(iter(samples.values())))
    return Study(module, samples, None if labels is None else read_labels(labels, count))


def mark(module: ModuleOp, choice: Choice) -> None:
    """Leave the schemes on the operations and inputs that they belong to."""
    schemes = {layer.layer: StringAttr(layer.scheme) for layer in choice.layers}
    function: func.FuncOp = find_function(module, "main")
    for op in function.body.block.ops:
        name = nn.node_name(op)
        if name in schemes and not isinstance(op, nn.ConstantOp):
            op.attributes[SCHEME] = schemes[name]
    attributes = argument_attributes(function)
    for name, entry in zip(input_names(function), attributes, strict=True):
        if name in schemes:
            entry[SCHEME] = schemes[name]
    function.arg_attrs = ArrayAttr([DictionaryAttr(entry) for entry in attributes])

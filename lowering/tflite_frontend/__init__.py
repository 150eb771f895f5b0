"""TFLite models to the nn and fxp dialects, at the integer level where the model is quantized."""

from .api import import_tflite, is_tflite, read_model, tflite_parser
from .importer import Importer
from .model import Model, Operator, Quantization, Tensor
from .registry import handler, registered_operators

__all__ = [
    "Importer",
    "Model",
    "Operator",
    "Quantization",
    "Tensor",
    "handler",
    "import_tflite",
    "is_tflite",
    "read_model",
    "registered_operators",
    "tflite_parser",
]

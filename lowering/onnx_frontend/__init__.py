"""ONNX models to the nn dialect."""

from .api import import_model, onnx_parser, onnxtxt_parser, read_graph
from .importer import Importer, ImportOptions
from .model import Graph, ModelProblems, Node
from .registry import handler, registered_operators
from .values import QuantizedConstant, Result

__all__ = [
    "Graph",
    "ImportOptions",
    "Importer",
    "ModelProblems",
    "Node",
    "QuantizedConstant",
    "Result",
    "handler",
    "import_model",
    "onnx_parser",
    "onnxtxt_parser",
    "read_graph",
    "registered_operators",
]

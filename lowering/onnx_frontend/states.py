"""States: inputs that get the value of an output in the next call, as `--state in_h:out_h` says."""

from collections.abc import Collection, Sequence

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, StringAttr

from ...dialects.errors import NnoptError
from ...dialects.interpreters import find_function, names_of
from ...dialects.interpreters.streaming import STATE
from .dimensions import quoted


def split_state(text: str, inputs: Collection[str], outputs: Collection[str]) -> tuple[str, str]:
    """The names of input and output in `input:output`, where names may have colons themselves.

    Raises NnoptError.
    """
    pieces = text.split(":")
    pairs = [(":".join(pieces[:i]), ":".join(pieces[i:])) for i in range(1, len(pieces))]
    for name, result in pairs:
        if name in inputs and result in outputs:
            return name, result
    if not pairs:
        raise NnoptError(f"--state {text}: write INPUT:OUTPUT, as in --state in_h:out_h")
    if not any(name in inputs for name, _ in pairs):
        raise NnoptError(
            f"--state {text}: the model has no such input; it has {quoted(sorted(inputs))}"
        )
    raise NnoptError(
        f"--state {text}: the model has no such output; it has {quoted(sorted(outputs))}"
    )


def set_states(module: ModuleOp, states: Sequence[str]) -> None:
    """Note on the arguments of `main` which results become their values in the next call.

    Raises NnoptError for names that do not exist or are given twice, and for an input and an output
    whose element type or shape differ.
    """
    if not states:
        return
    function = find_function(module, "main")
    types = function.function_type
    inputs = names_of(function.arg_attrs, len(types.inputs), "arg")
    outputs = names_of(function.res_attrs, len(types.outputs), "out")
    pairs: dict[str, str] = {}
    for text in states:
        name, result = split_state(text, inputs, outputs)
        if name in pairs or result in pairs.values():
            raise NnoptError(f"--state {text}: an input and an output can be in one state only")
        type_, wanted = (
            types.outputs.data[outputs.index(result)],
            types.inputs.data[inputs.index(name)],
        )
        if type_ != wanted:
            raise NnoptError(
                f"--state {text}: the input has type {wanted}, the output {type_}; they must be "
                "equal"
            )
        pairs[name] = result
    if len(pairs) == len(inputs):
        raise NnoptError("every input of the model is a state: nothing would be left to give it")
    attributes = function.arg_attrs.data if function.arg_attrs else ()
    function.arg_attrs = ArrayAttr(
        DictionaryAttr(
            {**entry.data, STATE: StringAttr(pairs[name])} if name in pairs else entry.data
        )
        for name, entry in zip(inputs, attributes, strict=True)
    )

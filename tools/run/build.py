"""Building a package together with the measuring harness into one program for a board."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jinja2

from ...dialects.errors import NnoptError
from .boards import BOARDS_DIR, Board
from .manifest import DTYPES, Manifest, Tensor
from .toolchain import compile_or_fail

GUARD_BYTES = 64
"""NNOPT_GUARD of harness.h."""

MARK_HOOK = "nnopt_layer_mark"
"""The harness's function that tells the counting plugin which layer runs."""

DUMP_HOOK = "nnopt_layer_dump"
"""The function of layer_dump.c.j2 that writes each layer's result to layers.bin."""

C_TYPES = {name: name if name == "bool" else f"{name}_t" for name in DTYPES}
C_TYPES["float32"] = "float"
"""Types of elements in C."""

HARNESS_FLAGS = ("-std=c11", "-O2", "-g", "-fno-builtin", "-fno-tree-loop-distribute-patterns")
PACKAGE_FLAGS = ("-std=c99", "-ffunction-sections", "-fdata-sections")


@dataclass(frozen=True)
class _Buffer:
    """One buffer of the network as the template declares it."""

    what: str
    bytes: int
    align: int
    lead: int
    section: str
    arena_offset: int | None = None
    """Where in the arena the buffer lies, if it has no room of its own."""
    arena: int = -1
    """The number of that arena among the buffers, from the last one."""
    row_bytes: int | None = None
    """Bytes of a row, if the network asks for rows instead of getting the buffer."""
    c_type: str = ""
    """Type of the elements of such rows."""


def _buffer(what: str, size: int, align: int, section: str) -> _Buffer:
    """Lay out a buffer with guards, aligned to `align` bytes and to no more than that.

    The room is aligned to twice that and the data begin an odd multiple of `align` into it, so that
    code which silently wants a stricter alignment shows it.
    """
    multiple = -(-GUARD_BYTES // align) | 1
    return _Buffer(what, size, align, align * multiple, section)


def buffer_names(manifest: Manifest) -> list[str]:
    """Name the harness's buffers for people, in the order of their numbers."""
    inputs = [f"input {tensor.name!r}" for tensor in manifest.inputs]
    outputs = [f"output {tensor.name!r}" for tensor in manifest.outputs]
    state = ["the state"] if manifest.states else []
    arenas = [f"the arena of memory {name!r}" for name, _ in manifest.memories] or ["the arena"]
    return [*inputs, *outputs, *state, *arenas]


def _buffers(manifest: Manifest) -> list[_Buffer]:
    def of(tensor: Tensor) -> tuple[int, int, str]:
        return tensor.bytes, max(4, tensor.dtype.itemsize), ".bss.nnopt_buffers"

    layouts = [of(tensor) for tensor in (*manifest.inputs, *manifest.outputs)]
    if manifest.states:
        layouts.append((manifest.state_bytes, manifest.state_align, ".bss.nnopt_buffers"))
    arenas = [size for _, size in manifest.memories] or [manifest.arena_bytes]
    layouts += [(size, manifest.arena_align, ".bss.nnopt_arena") for size in arenas]
    names = buffer_names(manifest)
    buffers = [_buffer(name, *layout) for name, layout in zip(names, layouts, strict=True)]
    tensors = [*manifest.inputs, *manifest.outputs]
    for number, tensor in enumerate(tensors):
        if tensor.arena_offset is not None:
            arena, offset = manifest.arena_at(tensor.arena_offset)
            buffers[number] = replace(
                buffers[number], arena_offset=offset, arena=arena - len(arenas)
            )
        if tensor.rows is not None:
            row = tensor.bytes // tensor.rows
            buffers[number] = replace(
                buffers[number], row_bytes=row, c_type=C_TYPES[tensor.dtype.name]
            )
    return buffers


def _template(name: str) -> jinja2.Template:
    return jinja2.Template(
        (BOARDS_DIR / name).read_text(encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render_dump_file(manifest: Manifest) -> str:
    """Return the C text of the hook that writes each layer's result.

    Raises NnoptError if the manifest does not tell where they are, or names no such memory.
    """
    sizes = [tensor.bytes for tensor in manifest.outputs]
    sizes += [manifest.state_bytes] if manifest.states else []
    fixed = {"state": len(manifest.outputs), "arena": len(sizes)}
    sizes += [size for _, size in manifest.memories] or [manifest.arena_bytes]
    ranges: list[dict[str, int]] = []
    for layer in manifest.layers:
        output = layer.output
        if output is None:
            raise NnoptError(
                f"{manifest.folder}: the manifest does not tell where layer {layer.name!r} leaves "
                "its result; compile the package again"
            )
        place, offset = fixed.get(output.where, output.index), output.offset
        if output.where == "arena":
            arena, offset = manifest.arena_at(offset)
            place += arena
        if place >= len(sizes) or offset + output.bytes > sizes[place]:
            raise NnoptError(
                f"{manifest.folder}: the manifest puts the result of layer {layer.name!r} outside "
                "of its buffer; compile the package again"
            )
        buffer = len(manifest.inputs) + place
        ranges.append({"buffer": buffer, "offset": offset, "bytes": output.bytes})
    return _template("layer_dump.c.j2").render(layers=ranges)


def render_model_file(manifest: Manifest) -> str:
    """Return the C text of the harness's part that knows the network."""
    return _template("harness_model.c.j2").render(
        header=manifest.header,
        entry=manifest.entry,
        buffers=[
            {**vars(buffer), "what": buffer.what.replace("*/", "* /")}
            for buffer in _buffers(manifest)
        ],
        input_count=len(manifest.inputs),
        output_count=len(manifest.outputs),
        reset=manifest.reset,
        arena_count=max(1, len(manifest.memories)),
        layer_count=len(manifest.layers),
    )


@dataclass(frozen=True)
class Program:
    """A built program and the object files that came out of the package alone."""

    elf: Path
    package_objects: tuple[Path, ...]


def compile_package(
    manifest: Manifest,
    board: Board,
    folder: Path,
    cflags: Sequence[str] = (),
    *,
    hook: str | None = None,
) -> tuple[Path, ...]:
    """Compile each C file of the package to `folder`/pkg_<name>.o with the package's own flags.

    `hook` is the function to be called before each layer, MARK_HOOK or DUMP_HOOK. Files that do not
    mention the hook are not compiled again for it if their object is there.
    Raises NnoptError if a file does not compile.
    """
    objects: list[Path] = []
    for name in manifest.sources:
        target = folder / f"pkg_{Path(name).stem}.o"
        objects.append(target)
        source = manifest.folder.resolve() / name
        if hook and target.exists() and b"NNOPT_LAYER_HOOK" not in source.read_bytes():
            continue
        flags = [*board.cpu_flags, *PACKAGE_FLAGS, *manifest.cflags, *cflags]
        hook_flag = [f"-DNNOPT_LAYER_HOOK={hook}"] if hook else []
        command = [board.compiler, *flags, *hook_flag, "-c", str(source), "-o", target.name]
        compile_or_fail(command, folder, f"the package's file {name}")
    return tuple(objects)


def _compile_harness(
    manifest: Manifest, board: Board, folder: Path, cflags: Sequence[str], *, dump: bool
) -> list[str]:
    """Compile harness, start-up and model file (and the dump hook) to h_*.o; return their names."""
    model = folder / "harness_model.c"
    model.write_text(render_model_file(manifest), encoding="utf-8")
    sources = [BOARDS_DIR / name for name in ("harness.c", *board.platform_sources)]
    if dump:
        sources.append(folder / "layer_dump.c")
        sources[-1].write_text(render_dump_file(manifest), encoding="utf-8")
    include = ["-I", str(BOARDS_DIR), "-I", str(manifest.folder.resolve())]
    names: list[str] = []
    sources += [manifest.folder.resolve() / name for name in manifest.models]
    for source in (*sources, model):
        names.append(f"h_{source.stem}.o")
        flags = [*board.cpu_flags, *HARNESS_FLAGS, *cflags, *include]
        command = [board.compiler, *flags, "-c", str(source), "-o", names[-1]]
        compile_or_fail(command, folder, f"the harness's file {source.name}")
    return names


def _link_flags(board: Board) -> list[str]:
    if board.linker_script is None:
        return ["-lm"]
    libraries = ["-Wl,--start-group", "-lm", "-lc", "-lgcc", "-Wl,--end-group"]
    script = ["-nostdlib", "-nostartfiles", "-L", str(BOARDS_DIR), "-T", board.linker_script]
    return [*script, "-Wl,--gc-sections", *libraries]


def build(
    manifest: Manifest,
    board: Board,
    folder: Path,
    cflags: Sequence[str] = (),
    *,
    sanitize: Sequence[str] = (),
    hook: str | None = None,
) -> Program:
    """Build the package and the harness into `folder`/program.elf.

    `cflags` follow the manifest's flags for the package's files; `sanitize` goes to every step.
    `hook` (MARK_HOOK, DUMP_HOOK) is called before each layer and after the last. Raises NnoptError
    if anything does not compile, or the program does not fit in the board's memory.
    """
    if not shutil.which(board.compiler):
        compile_or_fail([board.compiler, "--version"], folder, "anything")
    objects = compile_package(manifest, board, folder, [*cflags, *sanitize], hook=hook)
    harness = _compile_harness(manifest, board, folder, sanitize, dump=hook == DUMP_HOOK)
    names = [path.name for path in objects]
    command = [board.compiler, *board.cpu_flags, *sanitize, *harness, *names]
    command += [*_link_flags(board), "-o", "program.elf"]
    try:
        compile_or_fail(command, folder, "the program")
    except NnoptError as error:
        if "overflowed by" in str(error) or "will not fit" in str(error):
            raise NnoptError(
                f"the network does not fit in the memory of board {board.name}: "
                f"{str(error).rpartition(': ')[2]}"
            ) from None
        raise
    return Program(folder / "program.elf", objects)

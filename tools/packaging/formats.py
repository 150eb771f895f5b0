"""The folders that build systems expect: where C files lie, and which texts stand around them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import jinja2

from ...dialects.errors import NnoptError
from .library import Library

MARKER = "nnopt-manifest.json"
"""The compiled package's manifest in a library: where it comes from, with hashes."""


@dataclass(frozen=True)
class Format:
    """The layout of one build system's libraries. Paths may hold {name}, {prefix}, {vendor}."""

    summary: str
    texts: Mapping[str, str]
    """The files around the C, with the template of each."""
    sources: str = "src"
    headers: str = "include"
    """Folder of the public header; the others stay with the sources."""
    archive: str = "{name}-{version}-{kind}.zip"
    archive_folder: str = "{name}/"
    """What stands before every path in the archive."""


FORMATS: dict[str, Format] = {
    "cmake": Format(
        "a CMake project: add_subdirectory() it, or install it and find_package() it",
        {
            "CMakeLists.txt": "cmake/CMakeLists.txt.j2",
            "cmake/{name}Config.cmake": "cmake/Config.cmake.j2",
            "example/main.c": "main.c.j2",
        },
    ),
    "make": Format(
        "a static library with a Makefile",
        {"Makefile": "make/Makefile.j2", "example/main.c": "main.c.j2"},
    ),
    "arduino": Format(
        "an Arduino library (format 1.5) with an example sketch",
        {
            "library.properties": "arduino/library.properties.j2",
            "keywords.txt": "arduino/keywords.txt.j2",
            "examples/run_{prefix}/run_{prefix}.ino": "arduino/sketch.ino.j2",
        },
        headers="src",
    ),
    "zephyr": Format(
        "a Zephyr module with a sample",
        {
            "zephyr/module.yml": "zephyr/module.yml.j2",
            "zephyr/CMakeLists.txt": "zephyr/CMakeLists.txt.j2",
            "zephyr/Kconfig": "zephyr/Kconfig.j2",
            "samples/run_{prefix}/CMakeLists.txt": "zephyr/sample.CMakeLists.txt.j2",
            "samples/run_{prefix}/prj.conf": "zephyr/prj.conf.j2",
            "samples/run_{prefix}/sample.yaml": "zephyr/sample.yaml.j2",
            "samples/run_{prefix}/src/main.c": "main.c.j2",
        },
    ),
    "platformio": Format(
        "a PlatformIO library",
        {"examples/run_{prefix}/main.c": "main.c.j2"},
    ),
    "cmsis-pack": Format(
        "a CMSIS-Pack with one component",
        {
            "{vendor}.{name}.pdsc": "cmsis-pack/package.pdsc.j2",
            "examples/run_{prefix}/main.c": "main.c.j2",
        },
        archive="{vendor}.{name}.{version}.pack",
        archive_folder="",
    ),
}


def library_json(library: Library) -> str:
    """The manifest of a PlatformIO library."""
    names = library.names
    content: dict[str, Any] = {
        "name": library.name,
        "version": names.version,
        "description": library.sentence,
        "keywords": ["neural network", "inference", "nnopt"],
        "authors": [{"name": names.author[:100]}],
        **({"homepage": names.url} if names.url else {}),
        "frameworks": "*",
        "platforms": "*",
        "headers": [library.manifest.header],
        "build": {
            "srcDir": "src",
            "includeDir": "include",
            "srcFilter": ["-<*>", *(f"+<{name}>" for name in library.sources)],
            "flags": list(library.manifest.cflags),
        },
        "examples": [
            {
                "name": f"run_{library.prefix}",
                "base": f"examples/run_{library.prefix}",
                "files": ["main.c"],
            }
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def environment() -> jinja2.Environment:
    """Where the templates of this package come from. Files for XML are escaped, others hold only
    what was checked.
    """

    def load(name: str) -> str:
        return files(__package__ or "").joinpath("templates", *name.split("/")).read_text("utf-8")

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=lambda name: name is not None and name.endswith(".pdsc.j2"),
    )


def _path(pattern: str, library: Library, kind: str) -> str:
    names = library.names
    return pattern.format(
        name=names.name,
        prefix=library.prefix,
        vendor=names.vendor,
        version=names.version,
        kind=kind,
    )


def library_files(library: Library, kind: str) -> dict[str, bytes]:
    """All files of a library for the build system `kind`, by path. Raises NnoptError."""
    layout = FORMATS[kind]
    if kind == "arduino" and library.name.lower().startswith("arduino"):
        raise NnoptError(
            f"--name {library.name}: names that begin with Arduino are those of its makers"
        )
    if kind == "arduino" and (stray := [name for name in library.included if name[-2:] == ".c"]):
        raise NnoptError(
            f"{stray[0]} is included by the network's C, but Arduino compiles every .c file: give "
            "the operator's kernel a name that ends in .h"
        )
    templates = environment()
    values = {"lib": library, "version": version("nnopt"), "format": kind}
    contents = {
        _path(pattern, library, kind): templates.get_template(template).render(values)
        for pattern, template in layout.texts.items()
    }
    contents["README.md"] = templates.get_template("README.md.j2").render(values)
    if kind == "platformio":
        contents["library.json"] = library_json(library)
    found = {path: text.encode() for path, text in contents.items()}
    for name, content in library.files.items():
        public = name == library.manifest.header
        found[f"{layout.headers if public else layout.sources}/{name}"] = content
    return {**found, MARKER: library.manifest_bytes}


def archive_name(library: Library, kind: str) -> str:
    """How a build system wants the archive of a library to be called."""
    return _path(FORMATS[kind].archive, library, kind)


def archive_bytes(library: Library, kind: str, contents: Mapping[str, bytes]) -> bytes:
    """A zip archive of a library: the same bytes for the same files."""
    folder = _path(FORMATS[kind].archive_folder, library, kind)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(folder + path, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, content)
    return buffer.getvalue()

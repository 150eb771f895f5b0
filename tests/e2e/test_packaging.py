"""`nnopt package`: libraries of other build systems, built where the tools are here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from onnx.parser import parse_model

from nnopt.dialects.errors import NnoptError
from nnopt.tools.compile import compile_model
from nnopt.tools.nnopt import main
from nnopt.tools.packaging.formats import FORMATS, archive_bytes, library_files
from nnopt.tools.packaging.library import Names, read_library
from nnopt.tools.pipeline import Options
from nnopt.tools.run import read_manifest, run_package

MODELS = Path(__file__).resolve().parents[2] / "examples" / "models"
STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
CORTEX_M4 = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
ARM = "arm-none-eabi"

RUNNING_SUM = """<ir_version: 8, opset_import: ["" : 17]>
total (float[1,3] x, float[1,3] sum) => (float[1,3] y, float[1,3] next)
<float[1,3] half = {0.5, 0.5, 0.5}>
{
    next = Add (x, sum)
    y = Mul (next, half)
}
"""


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip, visibly, where a program is not installed."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def run(command: Sequence[str], folder: Path) -> str:
    """Run a command, which has to succeed without a warning; what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    assert "warning" not in done.stdout.lower(), done.stdout
    return done.stdout


def numbers(printed: str) -> list[list[float]]:
    """The numbers that an example printed, a list for each sample."""
    lines = re.findall(r"^sample \d+: \w+ =(.*)$", printed, re.MULTILINE)
    return [[float(word) for word in line.split()] for line in lines]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled int8 network."""
    out = tmp_path_factory.mktemp("compiled") / "out"
    compile_model(MODELS / "digits_cnn_int8.onnx", out, Options(prefix="digits"))
    return out


@pytest.fixture(scope="module")
def expected(package: Path) -> list[list[float]]:
    """What the network gives for the patterns of zeros and ones of the example."""
    (tensor,) = read_manifest(package).inputs
    elements = int(np.prod(tensor.shape))
    bits = [[float((sample >> (i % 8)) & 1) for i in range(elements)] for sample in range(4)]
    assert tensor.perm is None
    x = np.array(bits, np.float32).reshape(4, *tensor.shape)
    (y,) = run_package(package, {tensor.name: x}, "host").outputs.values()
    return y.reshape(4, -1)[:, :10].tolist()


def made(package: Path, kind: str, folder: Path, *options: str) -> Path:
    """The library of a format, as the command writes it."""
    out = folder / kind
    assert main(["package", str(package), "--format", kind, "-o", str(out), *options]) == 0
    return out


def is_for_arm(library: Path) -> bool:
    """Whether all objects of an archive are for Arm."""
    shown = run([f"{ARM}-readelf", "-h", str(library)], library.parent)
    machines = re.findall(r"Machine:\s+(.*)", shown)
    return len(machines) >= 2 and set(machines) == {"ARM"}


@needs("cmake", "gcc")
def test_cmake(package: Path, expected: list[list[float]], tmp_path: Path):
    """Built, run, installed, and found by another project."""
    library = made(package, "cmake", tmp_path, "--name", "digits-net", "--version", "2.1.0")
    flags = f"-DCMAKE_C_FLAGS={STRICT}"
    configure = ["cmake", "-S", str(library), "-B", "build", "-DDIGITS_NET_EXAMPLE=ON", flags]
    run([*configure, f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'installed'}"], tmp_path)
    run(["cmake", "--build", "build"], tmp_path)
    printed = run(["build/digits-net_example"], tmp_path)
    assert np.allclose(numbers(printed), expected, rtol=1e-5)
    run(["cmake", "--install", "build"], tmp_path)

    app = tmp_path / "app"
    app.mkdir()
    shutil.copy(library / "example" / "main.c", app)
    (app / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(app C)\n"
        "find_package(digits-net 2.0 CONFIG REQUIRED)\nadd_executable(app main.c)\n"
        "target_link_libraries(app PRIVATE digits-net::digits-net)\n"
    )
    run(["cmake", "-S", "app", "-B", "b", f"-DCMAKE_PREFIX_PATH={tmp_path}/installed"], tmp_path)
    run(["cmake", "--build", "b"], tmp_path)
    assert run(["b/app"], tmp_path) == printed


@needs("cmake", f"{ARM}-gcc")
def test_cmake_for_arm(package: Path, tmp_path: Path):
    library = made(package, "cmake", tmp_path)
    system = ["-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"]
    compiler = [f"-DCMAKE_C_COMPILER={ARM}-gcc", f"-DCMAKE_C_FLAGS={CORTEX_M4} {STRICT}"]
    run(["cmake", "-S", str(library), "-B", "build", *system, *compiler], tmp_path)
    run(["cmake", "--build", "build"], tmp_path)
    assert is_for_arm(tmp_path / "build" / "libdigits.a")


@needs("make", "gcc")
def test_make(package: Path, expected: list[list[float]], tmp_path: Path):
    library = made(package, "make", tmp_path)
    run(["make", "-s", "example", f"CFLAGS={STRICT}"], library)
    assert np.allclose(numbers(run(["build/example"], library)), expected, rtol=1e-5)
    assert not run(["make", "-s", "example", f"CFLAGS={STRICT}"], library)


@needs("make", f"{ARM}-gcc")
def test_make_for_arm(package: Path, tmp_path: Path):
    library = made(package, "make", tmp_path)
    tools = [f"CC={ARM}-gcc", f"AR={ARM}-ar", f"CFLAGS={CORTEX_M4} {STRICT}"]
    run(["make", "-s", *tools], library)
    assert is_for_arm(library / "build" / "libdigits.a")


@needs("make", "gcc")
@pytest.mark.parametrize("io_memory", ("caller", "pool"))
def test_example_with_state(io_memory: str, tmp_path: Path):
    """A float network that keeps its sum; with in- and outputs in the arena as well."""
    model = tmp_path / "total.onnx"
    model.write_bytes(parse_model(RUNNING_SUM).SerializeToString())
    options = Options(target="portable", state=("sum:next",), io_memory=io_memory)
    compile_model(model, tmp_path / "out", options)
    library = made(tmp_path / "out", "make", tmp_path)
    run(["make", "-s", "example", f"CFLAGS={STRICT} -fsanitize=address,undefined"], library)
    sums = np.cumsum([[(sample >> i) & 1 for i in range(3)] for sample in range(4)], axis=0) / 2
    assert numbers(run(["build/example"], library)) == sums.tolist()


ARDUINO_STUB = """
#include <stdint.h>
struct Port {
    void begin(unsigned long) {}
    void print(const char *) {}
    void print(char) {}
    void print(double, int) {}
    void println(void) {}
    void println(unsigned long) {}
};
extern Port Serial;
unsigned long micros(void);
void delay(unsigned long);
"""
CATEGORIES = (
    "Display",
    "Communication",
    "Signal Input/Output",
    "Sensors",
    "Device Control",
    "Timing",
    "Data Storage",
    "Data Processing",
    "Other",
)


def test_arduino_layout(package: Path, tmp_path: Path):
    """The rules of https://docs.arduino.cc/arduino-cli/library-specification."""
    options = ("--name", "Digits", "--author", "A. Maker <a@b.example>", "--url", "https://x.y/z")
    library = made(package, "arduino", tmp_path, *options)
    lines = (library / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    required = "name version author maintainer sentence paragraph category url architectures"
    assert set(required.split()) <= fields.keys() and all(fields.values())
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]*", fields["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", fields["version"])
    assert fields["category"] in CATEGORIES
    assert fields["maintainer"] == "A. Maker <a@b.example>"
    headers = fields["includes"].split(",")
    assert headers == ["digits.h"] and (library / "src" / "digits.h").is_file()
    allowed = {"library.properties", "keywords.txt", "README.md", "src", "examples"}
    assert {path.name for path in library.iterdir()} == {*allowed, "nnopt-manifest.json"}
    (sketch,) = library.glob("examples/*/*.ino")
    assert sketch.stem == sketch.parent.name
    words = (library / "keywords.txt").read_text().splitlines()
    kinds = [line.split("\t")[1:] for line in words if line and not line.startswith("#")]
    assert kinds and all(kind in (["KEYWORD2"], ["LITERAL1"]) for kind in kinds)


@needs(f"{ARM}-gcc", f"{ARM}-g++")
def test_arduino_compiles(package: Path, tmp_path: Path):
    """As its builder does: C as gnu11, the sketch as C++ with Arduino.h before it."""
    library = made(package, "arduino", tmp_path)
    (tmp_path / "Arduino.h").write_text(ARDUINO_STUB)
    flags = [*CORTEX_M4.split(), "-c", "-Os", "-Wall", "-Wextra", f"-I{library}/src"]
    for source in sorted(library.glob("src/**/*.c")):
        run([f"{ARM}-gcc", "-std=gnu11", *flags, str(source)], tmp_path)
    (sketch,) = library.glob("examples/*/*.ino")
    cpp = ["-std=gnu++17", "-include", str(tmp_path / "Arduino.h"), "-x", "c++", str(sketch)]
    run([f"{ARM}-g++", *flags, *cpp, "-o", "sketch.o"], tmp_path)
    assert (tmp_path / "sketch.o").is_file()


ZEPHYR_STUB = """cmake_minimum_required(VERSION 3.20)
project(zephyr C)
set(CONFIG_NNOPT_DIGITS y)
function(zephyr_library_named name)
  add_library(${name} STATIC)
  set(ZEPHYR_CURRENT_LIBRARY ${name} PARENT_SCOPE)
endfunction()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_library_compile_options)
  target_compile_options(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()
function(zephyr_include_directories)
  include_directories(${ARGN})
  target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PUBLIC ${ARGN})
endfunction()
add_subdirectory(${MODULE} module)
add_executable(app ${SAMPLE})
target_link_libraries(app PRIVATE digits m)
"""


def test_zephyr_layout(package: Path, tmp_path: Path):
    """The keys that scripts/zephyr_module.py of Zephyr takes, and the files they stand for."""
    library = made(package, "zephyr", tmp_path)
    text = (library / "zephyr" / "module.yml").read_text()
    keys = dict(re.findall(r"^ *(\w+):(?: (\S+))?$", text, re.MULTILINE))
    assert keys == {
        "name": "digits",
        "build": "",
        "cmake": "zephyr",
        "kconfig": "zephyr/Kconfig",
        "samples": "",
    }
    assert (library / keys["cmake"] / "CMakeLists.txt").is_file()
    kconfig = (library / keys["kconfig"]).read_text().splitlines()
    assert kconfig[0] == "config NNOPT_DIGITS" and kconfig[1].startswith("\tbool ")
    (sample,) = library.glob("samples/*")
    assert {path.name for path in sample.iterdir()} >= {"CMakeLists.txt", "prj.conf", "sample.yaml"}
    assert "CONFIG_NNOPT_DIGITS=y" in (sample / "prj.conf").read_text().splitlines()


@needs("cmake", "gcc")
def test_zephyr_builds(package: Path, expected: list[list[float]], tmp_path: Path):
    """With Zephyr's CMake functions played by plain ones."""
    library = made(package, "zephyr", tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "CMakeLists.txt").write_text(ZEPHYR_STUB)
    (main_file,) = library.glob("samples/*/src/main.c")
    places = [f"-DMODULE={library / 'zephyr'}", f"-DSAMPLE={main_file}"]
    run(["cmake", "-S", "app", "-B", "b", *places], tmp_path)
    run(["cmake", "--build", "b"], tmp_path)
    assert np.allclose(numbers(run(["b/app"], tmp_path)), expected, rtol=1e-5)


def test_platformio_layout(package: Path, tmp_path: Path):
    """The rules of https://docs.platformio.org/en/latest/manifests/library-json."""
    library = made(package, "platformio", tmp_path)
    content = json.loads((library / "library.json").read_text())
    assert re.fullmatch(r"[^:;/,@<>]{1,100}", content["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", content["version"])
    assert all(re.fullmatch(r"[a-z\d\-_+. ]{1,50}", word) for word in content["keywords"])
    assert 0 < len(content["description"]) <= 1000
    assert content["frameworks"] == content["platforms"] == "*"
    build = content["build"]
    assert list((library / build["srcDir"]).glob("*.c"))
    assert [(library / build["includeDir"] / name).is_file() for name in content["headers"]]
    assert build["flags"] == list(read_manifest(package).cflags)
    (example,) = content["examples"]
    assert all((library / example["base"] / name).is_file() for name in example["files"])


PACKAGE_ORDER = (
    "vendor",
    "name",
    "description",
    "url",
    "releases",
    "keywords",
    "taxonomy",
    "components",
)


def test_cmsis_pack_layout(package: Path, tmp_path: Path):
    """What PACK.xsd 1.7.32 requires, and that the listed files are those of the folder."""
    options = ("--vendor", "Acme", "--author", "A & B <c>", "--zip")
    library = made(package, "cmsis-pack", tmp_path, *options)
    (description,) = library.glob("*.pdsc")
    assert description.name == "Acme.digits.pdsc"
    root = ElementTree.parse(description).getroot()
    assert root.tag == "package" and re.fullmatch(r"\d\.\d+\.\d+", root.attrib["schemaVersion"])
    assert [child.tag for child in root] == list(PACKAGE_ORDER)
    release = root.find("releases/release")
    assert release is not None and release.attrib["version"] == "1.0.0"
    (component,) = root.findall("components/component")
    assert {"Cclass", "Cgroup", "Cversion"} <= component.attrib.keys()
    taxonomy = root.find("taxonomy/description")
    assert taxonomy is not None and taxonomy.attrib["Cclass"] == component.attrib["Cclass"]
    listed = {file.attrib["name"]: file.attrib for file in component.findall("files/file")}
    there = {p.relative_to(library).as_posix() for p in library.rglob("*") if p.is_file()}
    assert listed.keys() == there - {description.name, "nnopt-manifest.json"}
    kinds = {name.rsplit(".", 1)[1]: file["category"] for name, file in listed.items()}
    assert kinds["c"] == "sourceC" and kinds["md"] == "doc"
    with zipfile.ZipFile(tmp_path / "Acme.digits.1.0.0.pack") as archive:
        assert set(archive.namelist()) == there


@needs(f"{ARM}-gcc")
def test_cmsis_pack_compiles(package: Path, tmp_path: Path):
    """Every source that the description names, with the folders of its headers."""
    library = made(package, "cmsis-pack", tmp_path)
    root = ElementTree.parse(library / "nnopt.digits.pdsc").getroot()
    files = [file.attrib for file in root.findall("components/component/files/file")]
    folders = {Path(file["name"]).parent for file in files if file["category"] == "header"}
    include = [f"-I{library / folder}" for folder in sorted(folders)]
    sources = [library / file["name"] for file in files if file["category"] == "sourceC"]
    assert len(sources) == 3
    flags = [*CORTEX_M4.split(), *STRICT.split(), "-std=c99", "-c", *include]
    for source in sources:
        run([f"{ARM}-gcc", *flags, str(source)], tmp_path)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_keeps_the_bytes(kind: str, package: Path, tmp_path: Path):
    """The C is the compiler's, writing again replaces, the archive is always the same."""
    library = made(package, kind, tmp_path)
    (library / "stale").write_text("from an earlier version")
    made(package, kind, tmp_path)
    assert not (library / "stale").exists()
    there = {str(path) for path in library.rglob("*") if path.is_file()}
    found = {Path(path).name: Path(path) for path in there}
    for path in package.glob("*.[ch]"):
        assert found[path.name].read_bytes() == path.read_bytes()
    assert found["nnopt-manifest.json"].read_bytes() == (package / "manifest.json").read_bytes()
    checked = read_library(package)
    contents = library_files(checked, kind)
    assert {str(library / name) for name in contents} == there
    archive = archive_bytes(checked, kind, contents)
    assert archive == archive_bytes(checked, kind, dict(reversed(contents.items())))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--name", "../x"), "--name '../x': use letters"),
        (("--name", "a b"), "--name 'a b': use letters"),
        (("--name", "ArduinoNet"), "names that begin with Arduino"),
        (("--version", "1.2"), "--version '1.2': write three numbers"),
        (("--version", "01.0.0"), "--version '01.0.0': write three numbers"),
        (("--author", "a\nname=b"), "--author: write a name in one line"),
        (("--vendor", ""), "--vendor ''"),
        (("--url", "file:///x"), "--url 'file:///x'"),
    ],
)
def test_names_are_checked(
    options: tuple[str, str],
    message: str,
    package: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    out = tmp_path / "library"
    assert main(["package", str(package), "--format", "arduino", "-o", str(out), *options]) == 1
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ("changed", "link", "traversal", "not listed", "no hashes"))
def test_damaged_packages_are_refused(damage: str, package: Path, tmp_path: Path):
    copy = tmp_path / "copy"
    shutil.copytree(package, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    message = {
        "changed": "digits.c is not as the compiler wrote it",
        "link": "the file digits.c of the manifest is missing",
        "traversal": "'../../secret.c' of the manifest is no name of a C file",
        "not listed": "has no hash of digits.c",
        "no hashes": "lists no files",
    }[damage]
    if damage == "changed":
        (copy / "digits.c").write_text("int digits_run(void);\n")
    elif damage == "link":
        (copy / "digits.c").unlink()
        (copy / "digits.c").symlink_to(package / "digits.c")
    elif damage == "traversal":
        manifest["sha256"]["../../secret.c"] = "0" * 64
    elif damage == "not listed":
        del manifest["sha256"]["digits.c"]
    else:
        manifest["sha256"] = {}
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(NnoptError, match=re.escape(message)):
        read_library(copy)


def test_manifest_is_not_executed(package: Path, tmp_path: Path):
    """Text of the manifest that looks like a template, a command or a macro stays text."""
    copy = tmp_path / "copy"
    shutil.copytree(package, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["target"] = "{{ 7 * 7 }}$(touch owned)"
    manifest["inputs"][0]["name"] = "*/ #error {% raw %}"
    manifest["layers"][0]["name"] = "${jndi}"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(NnoptError, match="'target'"):
        read_library(copy)
    manifest["target"] = "cortex-m4"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    for kind in FORMATS:
        texts = library_files(read_library(copy, Names("digits")), kind)
        for path, content in texts.items():
            if path != "nnopt-manifest.json":
                assert b"#error {%" not in content and b"jndi" not in content


@pytest.mark.parametrize(
    "flag", ("-fplugin=/tmp/x.so", "-specs=/tmp/x", "-B/tmp", "-wrapper", "-I/tmp", "-Wl,-Tx", "@x")
)
def test_manifest_cannot_make_the_compiler_run_things(flag: str, package: Path, tmp_path: Path):
    shutil.copytree(package, tmp_path / "copy")
    manifest = json.loads((package / "manifest.json").read_text())
    manifest["cflags"].append(flag)
    (tmp_path / "copy" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(NnoptError, match="'cflags' must be a list of compiler flags"):
        read_library(tmp_path / "copy")


def test_other_folders_are_not_replaced(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["package", str(package), "--format", "make", "-o", str(tmp_path)]) == 1
    assert "holds files that are no nnopt package" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    compiled = str(package)
    assert main(["package", compiled, "--format", "make", "-o", compiled]) == 1
    assert (package / "manifest.json").is_file()

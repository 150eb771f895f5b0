"""Shortening, comparing and storing golden files."""

from pathlib import Path

from nnopt.tools.golden import difference, store, stored
from nnopt.tools.shorten import shorten


def test_large_dense_constants_become_hashes() -> None:
    line = 'nn.constant dense<"0x{}"> : tensor<101xi8>\n'
    one, other = "00" * 101, "00" * 100 + "01"
    short = shorten("a.mlir", line.format(one))
    assert short.startswith('nn.constant dense<"sha256:')
    assert short.endswith('"> : tensor<101xi8>\n')
    assert len(short) < 80
    assert short == shorten("b.mlir", line.format(one))
    assert short != shorten("a.mlir", line.format(other))


def test_small_constants_stay_readable() -> None:
    text = "nn.constant dense<[1, 2]> : tensor<2xi8>\nnn.constant dense<0.5> : tensor<900xf32>\n"
    assert shorten("a.mlir", text) == text


def test_long_lists_of_numbers_in_c_become_hashes() -> None:
    numbers = [f"{i % 256 - 128}" for i in range(400)]
    lines = [", ".join(numbers[i : i + 10]) for i in range(0, 400, 10)]
    text = "const int8_t w[400] = {\n  " + ",\n  ".join(lines) + "\n};\nint f(void) { return 1; }\n"
    short = shorten("net.c", text)
    assert short.startswith("const int8_t w[400] = { /* 400 numbers, sha256:")
    assert short.endswith("*/ };\nint f(void) { return 1; }\n")
    one_line = "const int8_t w[400] = {" + ", ".join(numbers) + "};\nint f(void) { return 1; }\n"
    assert shorten("net.c", one_line) == short
    assert shorten("net.c", text.replace("-128", "-127", 1)) != short


def test_hexadecimal_floats_are_numbers_and_code_is_not() -> None:
    floats = "const float w[300] = {" + ", ".join(["0x1.8p-3f"] * 300) + "};\n"
    assert "300 numbers" in shorten("net.c", floats)
    code = "void f(void)\n{\n" + "    x = x + 1;\n" * 200 + "}\n"
    assert shorten("net.c", code) == code


def test_what_depends_on_the_machine_is_left_out_of_json() -> None:
    text = '{"versions": {"python": "3.11"}, "ram": {"pool": 3}, "sha256": {"net.c": "00"}}'
    assert shorten("manifest.json", text) == '{\n "ram": {\n  "pool": 3\n }\n}\n'


def test_the_difference_names_file_and_lines() -> None:
    assert difference("net", {"a.mlir": "x\ny\n"}, {"a.mlir": "x\ny\n"}) == ""
    text = difference(
        "net", {"a.mlir": "x\ny\n", "old.c": "o\n"}, {"a.mlir": "x\nz\n", "new.c": "n"}
    )
    assert "--- a/net/a.mlir\n+++ b/net/a.mlir\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n" in text
    assert "--- /dev/null\n+++ b/net/new.c\n@@ -0,0 +1 @@\n+n\n" in text
    assert "--- a/net/old.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-o\n" in text


def test_storing_replaces_all_files_of_a_case(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    assert stored(folder) == {}
    store(folder, {"a.mlir": "1\n", "b.c": "2\n"})
    store(folder, {"a.mlir": "3\n"})
    assert stored(folder) == {"a.mlir": "3\n"}

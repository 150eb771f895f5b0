"""The runtime headers compile without a warning everywhere and have no undefined behaviour."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
COMPILERS = {
    "gcc": ["gcc"],
    "clang": ["clang"],
    "cortex-m4": ["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m4", "-mfloat-abi=hard"],
    "cortex-m4-soft": ["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m4", "-mfloat-abi=soft"],
    "cortex-m7": ["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m7", "-mfloat-abi=hard"],
    "cortex-m55": ["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m55", "-mfloat-abi=hard"],
    "cortex-m0": ["arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m0"],
    "riscv32": ["riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32"],
    "riscv32-float": ["riscv64-unknown-elf-gcc", "-march=rv32imfc", "-mabi=ilp32f"],
}


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("name", COMPILERS)
def test_no_warnings(name: str, level: str, include: Path, tmp_path: Path):
    command = COMPILERS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    output = tmp_path / "twins.o"
    flags = [*STRICT, level, "-ffreestanding", "-ffp-contract=off", f"-I{include}", "-c"]
    subprocess.run([*command, *flags, str(HERE / "twins.c"), "-o", str(output)], check=True)
    assert output.stat().st_size > 0


@pytest.mark.parametrize("header", ["nnopt_fxp.h", "nnopt_math.h", "nnopt_math64.h"])
def test_each_header_stands_alone(header: str, include: Path, tmp_path: Path):
    source = tmp_path / "alone.c"
    source.write_text(f'#include "{header}"\n#include "{header}"\nint main(void) {{ return 0; }}\n')
    subprocess.run(["gcc", *STRICT, f"-I{include}", "-fsyntax-only", str(source)], check=True)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_undefined_behaviour(compiler: str, include: Path, tmp_path: Path):
    program = tmp_path / "sweep"
    sanitize = ["-fsanitize=undefined,float-cast-overflow", "-fno-sanitize-recover=all"]
    flags = ["-std=c99", "-O1", "-ffp-contract=off", f"-I{include}", f"-I{HERE}", *sanitize]
    subprocess.run([compiler, *flags, str(HERE / "sweep.c"), "-o", str(program)], check=True)
    result = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "swept\n", "")


@pytest.mark.parametrize("flag", ["-ffast-math", "-mfpmath=387"])
def test_arithmetic_that_is_not_ieee_is_refused(flag: str, include: Path):
    source = str(include / "nnopt_math.h")
    command = ["gcc", "-std=c99", flag, "-fsyntax-only", "-x", "c", source]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode != 0 and "nnopt_math.h needs" in result.stderr

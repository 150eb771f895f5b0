#!/usr/bin/env bash
# Installs what nnopt needs and is not there yet, and says what it does:
#   1. tools of the system (QEMU, cross compilers, clang), by apt on Debian or Ubuntu as root;
#      without root it says what is missing and goes on: what needs it is then skipped, visibly;
#   2. .venv in this folder, with exactly the packages of requirements.lock;
#   3. nnopt itself, editable, in .venv;
#   4. with the argument `train`, what `nnopt train` needs: PyTorch.
# Running it again costs a fraction of a second: stamps in .venv carry the hash of their inputs.
# NNOPT_NO_APT=1 leaves the system alone.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
say() { printf 'bootstrap: %s\n' "$*" >&2; }
quietly() { # quietly COMMAND…: show what it prints only if it fails
    local log
    log=$(mktemp)
    if ! "$@" </dev/null >"$log" 2>&1; then
        cat "$log" >&2
        say "failed: $*"
        exit 1
    fi
    rm -f "$log"
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- 1. the system ------------------------------------------------------------------------------

packages=()
need() { # need PACKAGE TEST…: note PACKAGE when TEST fails
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || packages+=("$package")
}
cross_file() { # cross_file COMPILER FILE: does the compiler find FILE among its libraries?
    local path
    path=$("$1" -print-file-name="$2" 2>/dev/null) && [ -e "$path" ]
}
picolibc() { [ -n "$(find /usr/lib/picolibc -name picolibc.specs -print -quit 2>/dev/null)" ]; }
python_of_system() { # the first Python that is new enough, with venv and pip
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if have "$candidate" && "$candidate" -c \
            'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

sanitizers_of_clang() { # does clang find the libraries of its sanitizers?
    printf 'int main(void) { return 0; }\n' |
        clang -x c -fsanitize=address,undefined - -o /dev/null 2>/dev/null
}

need gcc have gcc
need libc6-dev test -e /usr/include/stdio.h
need make have make
need cmake have cmake
need clang have clang
need libclang-rt-dev sanitizers_of_clang
need qemu-system-arm have qemu-system-arm
need qemu-system-misc have qemu-system-riscv32
need gcc-arm-none-eabi have arm-none-eabi-gcc
need libnewlib-arm-none-eabi cross_file arm-none-eabi-gcc libc.a
need gcc-riscv64-unknown-elf have riscv64-unknown-elf-gcc
need picolibc-riscv64-unknown-elf picolibc
need python3-venv python_of_system

if [ ${#packages[@]} -gt 0 ]; then
    if [ "${NNOPT_NO_APT:-0}" != 1 ] && have apt-get && [ "$(id -u)" = 0 ]; then
        export DEBIAN_FRONTEND=noninteractive
        say "asking apt for: ${packages[*]}"
        quietly apt-get update -q
        known=()
        for package in "${packages[@]}"; do
            if apt-cache show "$package" >/dev/null 2>&1; then
                known+=("$package")
            else
                say "this distribution has no package $package; going on without"
            fi
        done
        [ ${#known[@]} -eq 0 ] ||
            quietly apt-get install -y -q --no-install-recommends "${known[@]}"
    else
        say "missing on this system: ${packages[*]}"
        say "as root: apt-get install ${packages[*]}"
        say "going on without; tests and boards that need them are skipped and say so"
    fi
fi

# --- 2. the virtual environment -----------------------------------------------------------------

hash_of() { cat "$@" | sha256sum | cut -c1-16; }
fresh() { [ -x "$venv/bin/python" ] && [ -e "$venv/.nnopt-$1" ]; }
stamp() { # stamp KIND HASH: remember that KIND is up to date with HASH
    rm -f "$venv/.nnopt-$1-"*
    touch "$venv/.nnopt-$1-$2"
}

lock=$(hash_of requirements.lock)
if ! fresh "lock-$lock"; then
    python=$(python_of_system) || {
        say "no Python 3.11 or newer with venv and pip was found; install python3-venv"
        exit 1
    }
    if ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
        say "creating $venv with $python"
        "$python" -m venv --clear "$venv"
    fi
    say "installing the locked packages into $venv (900 MB, once)"
    quietly "$venv/bin/python" -m pip install --disable-pip-version-check --require-hashes \
        -r requirements.lock
    stamp lock "$lock"
fi

# --- 3. nnopt -----------------------------------------------------------------------------------

project=$(printf '%s\n' "$PWD" | cat pyproject.toml - | sha256sum | cut -c1-16)
if ! fresh "project-$project"; then
    say "installing nnopt, editable"
    quietly "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps \
        --no-build-isolation -e .
    stamp project "$project"
fi

# --- 4. training --------------------------------------------------------------------------------

if [ "${1:-}" = train ]; then
    lock=$(hash_of requirements-train.lock)
    if ! fresh "train-$lock"; then
        say "installing PyTorch into $venv (700 MB for CPUs, where pip finds that build; once)"
        quietly "$venv/bin/python" -m pip install --disable-pip-version-check \
            -r requirements-train.lock
        stamp train "$lock"
    fi
fi

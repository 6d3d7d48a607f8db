"""Compiles the contenders that have to be, and makes what they need."""

import os
import pathlib
import shutil
import subprocess

import measure

HERE = pathlib.Path(__file__).parent / "programs"
ROOT = HERE.parents[2]
C_FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"]
GO_PATH = "/usr/share/gocode"  # where Debian puts the sources of Go packages


def compile_c(target, sources, *flags):
    # The kernels need clang, which comes with Swift.
    subprocess.run(["clang", *C_FLAGS, *flags, *sources, "-lcrypto", "-o", target], check=True)


def compile_go(target, source, cache):
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": GO_PATH, "GOFLAGS": "", "GOCACHE": str(cache)}
    subprocess.run(["go", "build", "-o", target, source], check=True, env=environment)


def made(folder, wanted):
    """Paths of the programs by name, newly compiled; those of `wanted` (keys of contenders) that can be."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    if "c" in wanted and shutil.which("clang"):
        made["pkcs12_loop"] = folder / "pkcs12_loop"
        compile_c(made["pkcs12_loop"], [HERE / "pkcs12_loop.c"])
    if "floor" in wanted and shutil.which("clang"):
        made["floor"] = folder / "floor"
        kernels = ROOT / "Sources/CKeyDerivation"
        sources = [*sorted(HERE.glob("floor*.c")), *sorted(kernels.glob("*.c"))]
        compile_c(made["floor"], sources, "-I", kernels / "include")
    if "go" in wanted and shutil.which("go") and pathlib.Path(GO_PATH, "src/software.sslmate.com").exists():
        made["with_go"] = folder / "with_go"
        compile_go(made["with_go"], HERE / "with_go/main.go", folder / "go-cache")
    for key, program in (("c", "pkcs12_loop"), ("floor", "floor"), ("go", "with_go")):
        if key in wanted and program not in made:
            measure.warn(f"{key} is left out: its compiler or library is not there")
    return made


def floor_keys(folder):
    """Keys for the floor's proofs, by size, made once."""
    keys = {bits: folder / f"key-{bits}.pem" for bits in (2048, 4096)}
    for bits, path in keys.items():
        if not path.exists():
            partial = path.with_suffix(".partial")
            subprocess.run(["openssl", "genrsa", "-out", partial, str(bits)], check=True, capture_output=True)
            partial.rename(path)
    return keys

"""Who may import whom: core no sink, sinks only the public core, plugins no client library."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT, entry_points, modules

PUBLIC_CORE = (
    "ccsync.adc",
    "ccsync.cli.days",  # like those of `cli` below and `upkeep` only for a plugin's click group
    "ccsync.cli.folder",
    "ccsync.cli.session",
    "ccsync.errors",
    "ccsync.money",
    "ccsync.printable",
    "ccsync.records",
    "ccsync.secret",
    "ccsync.settings.model",
    "ccsync.sink",
    "ccsync.snapshot",
    "ccsync.telemetry",  # for the names of what runs say of themselves
    "ccsync.upkeep",
    "ccsync.warehouse",
)
"""What a sink may import, ours or anybody's."""

CLIENT_LIBRARIES = ("duckdb", "google", "grpc", "httpx", "opentelemetry", "requests")


def imported_names(source: str, module: str, *, is_package: bool) -> list[tuple[int, str]]:
    """Give line and absolute dotted name of each import: `from a import b` is `a.b`."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [(node.lineno, alias.name) for alias in names]
            case ast.ImportFrom(module=base, names=names, level=level):
                parents = package[: len(package) - level + 1] if level else []
                prefix = ".".join([*parents, *([base] if base else [])])
                found += [(node.lineno, f"{prefix}.{alias.name}") for alias in names]
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                found.append((node.lineno, name))
            case _:
                pass
    return found


def imports_of(path: Path, source_root: str = "") -> list[tuple[int, str]]:
    """Give the imports of a module of the repository; its name counts from `source_root`."""
    dotted = list(path.relative_to(source_root).with_suffix("").parts)
    is_package = dotted[-1] == "__init__"
    if is_package:
        dotted.pop()
    return imported_names((ROOT / path).read_text("utf-8"), ".".join(dotted), is_package=is_package)


def is_sink(name: str) -> bool:
    """Tell whether a dotted name is in one of the packages of `sinks/`."""
    return name.startswith("ccsync_")


def breaks_into_core(name: str) -> bool:
    """Tell whether a dotted name belongs to the core, but not to its public modules."""
    if name.partition(".")[0] != "ccsync":
        return False
    return not any(name == public or name.startswith(f"{public}.") for public in PUBLIC_CORE)


def newly_imported(module: str) -> set[str]:
    """Import a module in a fresh interpreter, and give the top-level packages that came with it."""
    program = (
        "import importlib, sys; before = set(sys.modules); importlib.import_module(sys.argv[1]);"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    command = [sys.executable, "-I", "-c", program, module]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, f"importing {module} failed:\n{done.stderr}"
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import ccsync_stdout.sink as s", "ccsync_stdout.sink"),
        ("from ccsync import runtime", "ccsync.runtime"),
        ("def f():\n    from ccsync.settings import model", "ccsync.settings.model"),
        ("from . import encode", "ccsync_x.part.encode"),
        ("from ..other import thing", "ccsync_x.other.thing"),
        ("import importlib\nimportlib.import_module('ccsync_otlp')", "ccsync_otlp"),
    ],
)
def test_every_way_of_importing_is_seen(line: str, expected: str) -> None:
    names = [name for _, name in imported_names(line, "ccsync_x.part.here", is_package=False)]
    assert expected in names


def test_a_relative_import_of_a_package_starts_at_the_package() -> None:
    assert imported_names("from . import a", "x.y", is_package=True) == [(1, "x.y.a")]


def test_public_modules_of_the_core_exist() -> None:
    names = (".".join(path.with_suffix("").parts) for path in modules("ccsync"))
    known = {name.removesuffix(".__init__") for name in names}
    assert set(PUBLIC_CORE) <= known


def test_the_core_imports_no_sink() -> None:
    wrong = [
        f"{path}:{line}: imports {name}"
        for path in modules("ccsync")
        for line, name in imports_of(path)
        if is_sink(name)
    ]
    assert not wrong, "the core finds sinks by entry point only:\n" + "\n".join(wrong)


def test_a_sink_imports_only_the_public_core() -> None:
    wrong = [
        f"{path}:{line}: imports {name}"
        for path in modules("sinks")
        for line, name in imports_of(path, "sinks")
        if breaks_into_core(name)
    ]
    assert not wrong, "\n".join([f"a sink may import {', '.join(PUBLIC_CORE)}:", *wrong])


def test_a_sink_imports_no_other_sink() -> None:
    wrong = [
        f"{path}:{line}: imports {name}"
        for path in modules("sinks")
        for line, name in imports_of(path, "sinks")
        if is_sink(name) and name.partition(".")[0] != path.parts[1]
    ]
    assert not wrong, "each sink stands alone:\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", ["ccsync.runtime.Runtime", "ccsync.sinks", "ccsync"])
def test_an_import_of_a_private_module_would_be_found(name: str) -> None:
    assert breaks_into_core(name)


@pytest.mark.parametrize("entry_point", sorted(entry_points("ccsync.sinks").values()))
def test_importing_a_plugin_imports_no_client_library(entry_point: str) -> None:
    heavy = newly_imported(entry_point.partition(":")[0]) & set(CLIENT_LIBRARIES)
    assert not heavy, f"import {', '.join(sorted(heavy))} inside `build`, not with the plugin"


def test_the_command_starts_without_client_libraries_of_sinks() -> None:
    heavy = newly_imported("ccsync.cli") & (set(CLIENT_LIBRARIES) - {"httpx"})
    assert not heavy, f"`ccsync --help` would import {', '.join(sorted(heavy))}"


def test_an_imported_client_library_would_be_found() -> None:
    assert "httpx" in newly_imported("httpx")

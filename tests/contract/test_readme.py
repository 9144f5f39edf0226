"""What sinks/README.md shows is what the tests run, and what it says of the interface is so."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from ccsync.errors import SinkError
from ccsync.records import Record, identity
from ccsync.sink import (
    Acknowledgement,
    Checkable,
    Estimating,
    Previewable,
    Readable,
    Sink,
    SinkPlugin,
    Unverifiable,
    Verifiable,
)
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync_faulty import moody, series

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "sinks" / "README.md"
SQLITE = ROOT / "tests" / "plugins" / "ccsync_sqlite"

pytestmark = pytest.mark.skipif(
    not README.exists(), reason="sinks/README.md is not beside these tests"
)


def blocks() -> list[str]:
    return re.findall(
        r"^```(?:python|toml)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize(
    ("number", "name"), [(0, "ccsync_sqlite/__init__.py"), (1, "pyproject.toml")]
)
def test_the_sink_is_the_one_that_is_tested(number: int, name: str) -> None:
    assert blocks()[number] == (SQLITE / name).read_text("utf-8"), (
        f"copy {name} into the block of sinks/README.md"
    )


def test_the_sink_is_short() -> None:
    sink = blocks()[0].partition("class SqliteSink")[2].partition("\nPLUGIN")[0]
    assert len(sink.strip().splitlines()) <= 60


def code_of(what: Callable[..., object] | ModuleType) -> str:
    """Give source code as the README shows it: by itself, without the deaths that tests plan."""
    text = textwrap.dedent(inspect.getsource(what))
    return "".join(line for line in text.splitlines(keepends=True) if "kill." not in line)


def test_remembering_is_the_code_that_is_tested() -> None:
    memory, deliver = blocks()[2].split("\n\n\n")
    assert memory.strip() in code_of(series)
    assert deliver.strip() == code_of(series.SeriesSink.deliver).strip()


def test_too_old_is_the_code_that_is_tested() -> None:
    assert textwrap.indent(blocks()[3], " " * 8) in code_of(moody)


def table(heading: str) -> list[list[str]]:
    """Give the cells of the table that begins with this heading."""
    text = README.read_text("utf-8")
    rows = text[text.index(f"\n| {heading} |") :].split("\n\n")[0].strip().splitlines()[2:]
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        for row in rows
    ]


def test_fields_of_a_record_are_those_of_the_code() -> None:
    shown = {name.strip("`"): kind.strip("`") for name, kind, _ in table("`Record`")}
    assert shown == dict(Record.__annotations__)
    identity_first = list(shown)[:8]
    record = a_record()
    assert identity(record) == tuple(getattr(record, name) for name in identity_first)


def test_fields_of_a_snapshot_are_those_of_the_code() -> None:
    shown = {name.strip("`") for name, _ in table("`Snapshot`")}
    assert {name for name in shown if not name.endswith("()")} == {
        name for name in vars(a_snapshot([])) if not name.startswith("_")
    }
    assert {name for name in shown if name.endswith("()")} == {"records()", "slices()"}
    assert callable(Snapshot.records)
    assert callable(Snapshot.slices)


OPTIONAL = (Checkable, Estimating, Previewable, Readable, Verifiable, Unverifiable)


def methods(*protocols: type) -> set[str]:
    """Give the signatures of public methods, with names of parameters and the answer's type."""
    found: set[str] = set()
    for protocol in protocols:
        for name, method in vars(protocol).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                signature = inspect.signature(method)
                names = ", ".join(signature.parameters)
                found.add(f"{name}({names}) -> {signature.return_annotation}")
    return found


def test_the_methods_are_those_of_the_code() -> None:
    must = {row[0].strip("`") for row in table("must have")}
    assert must == {"build(config, context) -> Sink", *methods(Sink)}
    may = {row[0].strip("`") for row in table("may have") if "plugin" not in row[0]}
    assert may == methods(*OPTIONAL)
    assert "faults" in SinkPlugin.__struct_fields__


def test_the_answers_and_errors_are_those_of_the_code() -> None:
    named = {row[0].strip("`").partition("(")[0] for row in table("answer, or raise")}
    raised = {one.__name__ for one in SinkError.__subclasses__()}
    assert named == {"DELIVERED", "not_yet", "too_old", *raised}
    assert len(Acknowledgement) == 3


def test_the_test_of_the_sink_passes(tmp_path: Path) -> None:
    (tmp_path / "test_sqlite.py").write_text(blocks()[4], "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "-rs"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SQLITE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "no fixture `recreate`" in done.stdout, "what is not tested is said"

"""`ccsync insights`: what it reads, what it writes, and what it says when there is nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ccsync.cli import main
from ccsync.cli.session import Session
from ccsync.errors import Exit, SettingsError, SinkUnavailable
from ccsync.settings.model import SinkConfig
from ccsync.sink import Outcome, Shown, Sink, SinkContext, SinkPlugin, Snapshot
from ccsync.testing import FakeRuntime, a_record, a_snapshot
from ccsync.testing.builders import DAY
from ccsync_stdout import PLUGIN
from ccsync_stdout.lines import jsonl

KEY = 'source: {api_key: "${NOT_SET}"}'


class Deaf:
    """A sink that cannot be read."""

    def __init__(self, _config: object, _context: object) -> None:
        self.closed = False

    def open(self) -> str:
        raise AssertionError("to be read it is not opened")

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        raise AssertionError("nobody writes here")

    def close(self) -> None:
        self.closed = True


class There(Deaf):
    """A sink that shows one day."""

    made: list[There]

    def __init__(self, config: object, context: SinkContext) -> None:
        super().__init__(config, context)
        self.name = context.name
        There.made.append(self)

    def read(self, first: dt.date | None, last: dt.date | None) -> Iterator[Shown]:
        assert not self.closed
        if not (first or DAY) <= DAY <= (last or DAY):
            return
        snapshot = a_snapshot([a_record(sessions=len(self.name))])
        yield Shown(
            source_id=snapshot.source_id,
            day=DAY,
            snapshot_id=snapshot.snapshot_id,
            record_count=1,
            settled=True,
            fetched_at=snapshot.fetched_at,
            records=tuple(snapshot.records()),
        )


class Away(Deaf):
    def read(self, _first: dt.date | None, _last: dt.date | None) -> Iterator[Shown]:
        raise SinkUnavailable("the warehouse does not answer")
        yield


class Empty(Deaf):
    """A sink that shows a day on which nobody did anything."""

    def read(self, _first: dt.date | None, _last: dt.date | None) -> Iterator[Shown]:
        snapshot = a_snapshot([])
        yield Shown(
            source_id=snapshot.source_id,
            day=DAY,
            snapshot_id=snapshot.snapshot_id,
            record_count=0,
            settled=True,
            fetched_at=snapshot.fetched_at,
            records=(),
        )


def _lacking(_config: object, _context: object) -> Sink:
    raise ModuleNotFoundError("No module named 'duckdb'", name="duckdb")


def _contradicting(_config: object, _context: object) -> Sink:
    raise SettingsError("no project is named")


def _plugin(build: Callable[..., Sink]) -> SinkPlugin[Any]:
    return SinkPlugin(config=SinkConfig, build=build, summary="", example="")


class FileConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of the sink that stands in for that of files."""

    path: str = ""


def _file(config: FileConfig, context: SinkContext) -> Sink:
    """Make the sink that settings name; that of a file on the command line lacks its library."""
    return _lacking(config, context) if config.path else There(config, context)


LOOKUP: Mapping[str, SinkPlugin[Any]] = {
    "stdout": PLUGIN,
    "deaf": _plugin(Deaf),
    "bigquery": _plugin(There),
    "duckdb": SinkPlugin(config=FileConfig, build=_file, summary="", example=""),
    "away": _plugin(Away),
    "empty": _plugin(Empty),
    "lacking": _plugin(_lacking),
    "contradicting": _plugin(_contradicting),
}

Run = Callable[..., Result]


@pytest.fixture
def insights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    There.made = []

    def run(*args: str, sinks: str = "", stdin: bytes = b"") -> Result:
        if sinks:
            text = f"version: 1\n{KEY}\nsinks: {{{sinks}}}\n"
            (tmp_path / "ccsync.yaml").write_text(text)
        world = FakeRuntime(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC))
        made = partial(Session, environ={}, lookup=LOOKUP, runtime=world)
        return CliRunner().invoke(main, ["insights", *args], obj=made, input=stdin)

    return run


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "usage.jsonl"
    path.write_bytes(b"".join(jsonl(a_snapshot([a_record(), a_record("noor@northwind.example")]))))
    return path


def sessions(result: Result) -> int:
    assert result.exit_code == 0, result.output
    return int(json.loads(result.stdout)["total"]["sessions"])


def test_lines_on_the_terminal(insights: Run, lines: Path) -> None:
    result = insights(str(lines))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Claude Code usage, as usage.jsonl has it\n2026-11-19 to 2026")
    for said in ("estimated cost", "Who uses it most", "mira@northwind.example", "not a bill"):
        assert said in result.stdout
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


def test_top_says_how_many_are_named(insights: Run, lines: Path) -> None:
    result = insights(str(lines), "--top", "1")
    assert "(1 other person)" in result.stdout
    assert "noor" not in result.stdout


def test_json_has_all_numbers_exactly(insights: Run, lines: Path) -> None:
    result = insights(str(lines), "--json")
    found = json.loads(result.stdout)
    assert found["total"]["costs"] == {"USD": "7.875"}
    assert [one["actor_id"] for one in found["people"]] == [
        "mira@northwind.example",
        "noor@northwind.example",
    ]
    assert found["coverage"]["sources"][0]["last_day"] == "2026-11-19"


def test_a_page_is_written_and_its_path_printed(insights: Run, lines: Path) -> None:
    result = insights(str(lines), "--html", "page.html")
    assert result.exit_code == 0, result.output
    assert result.stdout == "page.html\n"
    path = lines.with_name("page.html")
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text("utf-8")
    assert "mira@northwind.example" in text
    assert "usage.jsonl" in text


def test_a_page_where_it_cannot_be_written(insights: Run, lines: Path) -> None:
    result = insights(str(lines), "--html", "absent/page.html")
    assert result.exit_code == Exit.USAGE
    assert "--html absent/page.html: cannot be written: No such file or directory" in result.stderr


def test_a_page_does_not_replace_what_it_is_made_of(insights: Run, lines: Path) -> None:
    before = lines.read_bytes()
    link = lines.with_name("link.html")
    link.symlink_to(lines)
    for name in (lines.name, link.name):
        result = insights(lines.name, "--html", name)
        assert result.exit_code == Exit.USAGE
        assert f"--html {name}: is the file that is read" in result.stderr
    other = lines.with_name("other.jsonl")
    other.write_bytes(before)
    result = insights(lines.name, "--html", "other.jsonl")
    assert result.exit_code == Exit.USAGE
    assert "--html other.jsonl: is a file, and no HTML page" in result.stderr
    assert lines.read_bytes() == other.read_bytes() == before


def test_nor_the_file_of_a_sink(insights: Run, tmp_path: Path) -> None:
    sinks = "warehouse: {type: bigquery}, db: {type: duckdb, path: usage.duckdb}"
    result = insights("--html", "usage.duckdb", sinks=sinks)
    assert result.exit_code == Exit.USAGE
    assert "--html usage.duckdb: is the file that is read" in result.stderr
    assert not (tmp_path / "usage.duckdb").exists()


def test_standard_input(insights: Run, lines: Path) -> None:
    result = insights("-", stdin=lines.read_bytes())
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Claude Code usage, as standard input has it\n")
    result = insights("-", stdin=b'{"name": "mira"}\n')
    assert result.exit_code == Exit.DATA_REFUSED
    assert result.stderr.startswith("standard input:1: not a JSON line")


def test_a_file_given_twice_is_one(insights: Run, lines: Path) -> None:
    assert "as usage.jsonl has it" in insights(lines.name, str(lines)).stdout
    copy = lines.with_name("copy.jsonl")
    copy.write_bytes(lines.read_bytes())
    assert "as 2 files have it" in insights(lines.name, copy.name).stdout


def test_a_sink_that_cannot_be_read_names_those_that_can(insights: Run) -> None:
    sinks = (
        "out: {type: stdout}, bad: {type: lacking}, warehouse: {type: bigquery}, db: {type: duckdb}"
    )
    result = insights("--sink", "out", sinks=sinks)
    assert result.exit_code == Exit.USAGE
    assert result.stderr.splitlines() == [
        "out: standard output cannot be read back, but a file can that it was written to",
        "What can be read here: --sink db, --sink warehouse",
    ]
    assert all(sink.closed for sink in There.made)


def test_a_local_file_is_read_first(insights: Run) -> None:
    result = insights(
        "--json", sinks="out: {type: stdout}, warehouse: {type: bigquery}, local: {type: duckdb}"
    )
    assert sessions(result) == len("local")
    assert result.stderr == "reading the sink local; another one with --sink warehouse\n"
    assert all(sink.closed for sink in There.made)
    assert len(There.made) == 2


def test_the_sink_that_was_named_is_read(insights: Run) -> None:
    sinks = "warehouse: {type: bigquery}, local: {type: duckdb}"
    result = insights("--json", "--sink", "warehouse", sinks=sinks)
    assert sessions(result) == len("warehouse")
    assert result.stderr == ""
    assert "as the sink warehouse has it" in insights("--sink", "warehouse").stdout


def test_no_sink_can_be_read(insights: Run) -> None:
    sinks = (
        "out: {type: stdout}, metrics: {type: deaf}, db: {type: lacking}, x: {type: contradicting}"
    )
    result = insights(sinks=sinks)
    assert result.exit_code == Exit.USAGE
    assert result.stderr.splitlines() == [
        "out: standard output cannot be read back, but a file can that it was written to",
        "metrics: sinks of type deaf cannot be read back record by record",
        "db: sink type 'lacking' needs the library 'duckdb', which is not installed: install what "
        "its package needs",
        "x: no project is named",
        "so there is no sink to read here. Name a file instead, ccsync insights FILE, or add a "
        "sink of type duckdb, a local file: pip install 'ccsync[duckdb]'",
    ]


def test_a_broken_sink_is_no_reason_not_to_read_another(insights: Run) -> None:
    sinks = "db: {type: lacking}, warehouse: {type: bigquery}"
    assert sessions(insights("--json", sinks=sinks)) == len("warehouse")


def test_a_sink_that_is_not_there(insights: Run) -> None:
    result = insights("--sink", "wharehouse", sinks="warehouse: {type: bigquery}")
    assert result.exit_code == Exit.USAGE
    assert "--sink wharehouse: no such sink in ccsync.yaml" in result.stderr
    assert result.stderr.endswith("there are warehouse\n")


def test_a_sink_that_does_not_answer(insights: Run) -> None:
    result = insights(sinks="far: {type: away}")
    assert result.exit_code == Exit.UNAVAILABLE
    assert result.stderr == "far: the warehouse does not answer\n"


def test_a_database_without_the_library(insights: Run, tmp_path: Path) -> None:
    path = tmp_path / "usage.duckdb"
    path.write_bytes(bytes(8) + b"DUCK" + bytes(50))
    result = insights(str(path), sinks="warehouse: {type: bigquery}")
    assert result.exit_code == Exit.USAGE
    assert result.stderr == (
        "sink type 'duckdb' needs the library 'duckdb', which is not installed: pip install "
        "'ccsync[duckdb]'\n"
    )


def test_days_that_are_not_there(insights: Run) -> None:
    result = insights("--from", "2026-11-20", sinks="warehouse: {type: bigquery}")
    assert result.exit_code == Exit.USAGE
    assert result.stderr == (
        "sink warehouse: no day from 2026-11-20 on is there; it has days from 2026-11-19 to "
        "2026-11-19. Ask for some of these with --from and --to\n"
    )


def test_without_settings_it_says_that_a_file_will_do(insights: Run) -> None:
    result = insights()
    assert result.exit_code == Exit.USAGE
    assert "there is no ccsync.yaml here" in result.stderr
    assert "Without settings, name what to read: ccsync insights FILE" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sink", "x"), "FILE and --sink both say what to read"),
        (("--html", "x", "--json"), "--html and --json both say what to write"),
        (("--from", "2026-11-20", "--to", "2026-11-19"), "is later than the last one, 2026-11-19"),
        (("absent.jsonl",), "'absent.jsonl' does not exist"),
    ],
)
def test_what_cannot_be_meant(
    insights: Run, lines: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = insights(str(lines), *arguments)
    assert result.exit_code == Exit.USAGE
    assert said in result.stderr


def test_nobody_used_it(insights: Run) -> None:
    result = insights(sinks="warehouse: {type: empty}")
    assert result.exit_code == 0
    assert "No usage: there is no record in the days that are there." in result.stdout
    assert json.loads(insights("--json").stdout)["total"] is None

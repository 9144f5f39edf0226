"""What the stdout sink prints."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import pytest

from ccsync.errors import SinkRefused
from ccsync.records import Record
from ccsync.sink import DELIVERED, Acknowledgement
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import ORGANIZATION
from ccsync.testing.contract.context import ContractContext
from ccsync_stdout import PLUGIN, StdoutConfig
from ccsync_stdout.lines import Line
from ccsync_stdout.sink import StdoutSink

Form: TypeAlias = Literal["jsonl", "csv", "table"]


def printed(form: Form, *snapshots: Snapshot) -> str:
    stream = io.BytesIO()
    sink = StdoutSink(form, ContractContext(), stream)
    assert sink.open() == "stdout"
    for snapshot in snapshots:
        assert sink.deliver(snapshot, None, lambda _: None) == DELIVERED
    sink.close()
    return stream.getvalue().decode()


def columns() -> list[str]:
    return list(Line.__struct_fields__)


def test_a_line_is_the_record_and_what_names_its_revision() -> None:
    snapshot = a_snapshot([a_record(is_remote=None, extra={"new": 1})])
    line = json.loads(printed("jsonl", snapshot))
    assert list(line) == columns()
    assert set(line) - set(Record.__struct_fields__) == {"source_id", "snapshot_id", "fetched_at"}
    assert set(Record.__struct_fields__) <= set(line)
    assert (line["source_id"], line["snapshot_id"]) == (ORGANIZATION, snapshot.snapshot_id)
    assert line["fetched_at"] == "2026-11-22T12:00:00Z"
    assert (line["date"], line["is_remote"], line["extra"]) == ("2026-11-19", None, {"new": 1})


def test_money_is_a_decimal_string() -> None:
    snapshot = a_snapshot([a_record(sessions=1, cost_minor=Decimal("0.10"))])
    (usage,) = json.loads(printed("jsonl", snapshot))["model_usage"]
    assert (usage["estimated_cost"], usage["estimated_cost_minor"]) == ("0.001", "0.1")


def test_csv_has_one_header_for_all_days() -> None:
    text = printed("csv", a_snapshot([]), a_snapshot([a_record()]), a_snapshot([a_record("b")]))
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == columns()
    assert [row[columns().index("actor_id")] for row in rows[1:]] == ["mira@northwind.example", "b"]


def test_csv_cells() -> None:
    record = a_record('a,"b"', is_remote=False, customer_type=None, terminal_type="", extra=None)
    (row,) = csv.DictReader(printed("csv", a_snapshot([record])).splitlines())
    assert row["actor_id"] == 'a,"b"'
    assert (row["is_remote"], row["customer_type"], row["extra"]) == ("false", "", "")
    assert (row["date"], row["fetched_at"]) == ("2026-11-19", "2026-11-22T12:00:00Z")
    assert json.loads(row["tool_actions"])[0] == {
        "tool": "edit_tool",
        "accepted": 15,
        "rejected": 3,
    }


def test_the_table_shows_the_most_active_first() -> None:
    records = [a_record("few", sessions=1), a_record("many", sessions=1200), a_record("")]
    text = printed("table", a_snapshot(records))
    assert "2026-11-19  (3 records)" in text
    assert text.index("many") < text.index("(unknown)") < text.index("few")
    assert "1,200" in text
    assert "1575.00 USD" in text


def test_the_table_shows_names_as_they_are_and_obeys_none() -> None:
    records = [a_record("x[/y] [dev]", terminal_type="\x1b[31mred\x07 :smile:")]
    text = printed("table", a_snapshot(records))
    assert "x[/y] [dev]" in text
    assert "?[31mred? :smile:" in text


def test_a_day_without_usage_prints_nothing_in_lines() -> None:
    assert printed("jsonl", a_snapshot([])) == ""


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_preview_is_what_would_be_printed(form: Form) -> None:
    snapshot = a_snapshot([a_record(), a_record("other")])
    lines = list(StdoutSink(form, ContractContext(), io.BytesIO()).preview(snapshot))
    assert printed(form, snapshot).splitlines()[-2:] == lines


class Gone(io.BytesIO):
    """A pipe whose reader went away."""

    def write(self, _: Any) -> int:
        raise BrokenPipeError


def test_a_reader_who_left_is_no_error_and_no_acknowledgement() -> None:
    context = ContractContext()
    sink = StdoutSink("jsonl", context, Gone())
    for _ in range(2):
        outcome = sink.deliver(a_snapshot([a_record()]), None, lambda _: None)
        assert outcome.kind is Acknowledgement.NOT_YET
        assert "reader" in outcome.reason
    assert context.proceeds == 1, "nothing more is tried once the reader left"


class Full(io.BytesIO):
    """A file on a disk without space."""

    def write(self, _: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_said_in_a_sentence() -> None:
    sink = StdoutSink("jsonl", ContractContext(), Full())
    with pytest.raises(SinkRefused, match="standard output cannot be written: No space left"):
        sink.deliver(a_snapshot([a_record()]), None, lambda _: None)


def test_python_ends_in_peace_after_the_reader_left() -> None:
    program = """
from ccsync_stdout.sink import StdoutSink
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.contract.context import ContractContext
sink = StdoutSink("jsonl", ContractContext())
day = a_snapshot([a_record(str(number)) for number in range(2000)])
print(sink.deliver(day, None, lambda _: None).kind.value, file=__import__("sys").stderr)
"""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "not yet\n")


def test_the_plugin_builds_what_the_settings_say() -> None:
    config = StdoutConfig(type="stdout", format="csv")
    sink = PLUGIN.build(config, ContractContext())
    assert isinstance(sink, StdoutSink)
    assert next(iter(sink.preview(a_snapshot([a_record()])))).startswith("2026-11-19,")
    assert not PLUGIN.tracked

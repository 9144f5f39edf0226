"""The report of a run as JSON: what an operator needs to know, within a limit in bytes.

Kubernetes keeps 4,096 bytes of a termination message and cuts off the rest, and half a document is
none. So detail is left out until it fits: first days from the middle of long lists, then words from
the end of long reasons, then problems, gravest and newest kept. Whatever is left out is counted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ccsync.errors import Exit
from ccsync.redact import redact
from ccsync.remedy import once_mended
from ccsync.report import Report, Result, gravity

MEANINGS = {
    Exit.OK: "every planned day is in every sink",
    Exit.BUG: "a bug, ours or a sink's; trying again may help",
    Exit.USAGE: "usage or settings; trying again does not help",
    Exit.REFUSED: "refused: key, scope, permission; trying again does not help",
    Exit.DATA_REFUSED: "data refused: rows, records or days; trying again does not help",
    Exit.UNAVAILABLE: "unavailable, some days are missing; trying again helps",
    Exit.DIFFERENCE: "a difference was found; trying again does not help",
    Exit.LEASED: "all days are leased by another run; trying again helps",
    Exit.SIGINT: "stopped by SIGINT; trying again helps",
    Exit.SIGTERM: "stopped by SIGTERM; trying again helps",
}
"""What an exit code says, for who sees nothing but the report."""

SHORTEST = 1024
"""Bytes that a report may always have, whatever the limit."""

_PASSING = re.compile(r"request-id [^\s)]+|\breq_\w+|\b\d+(?:\.\d+)? (?:s|seconds)\b")
"""What differs in a reason from request to request, although it is the same problem."""

_DAY = dt.timedelta(days=1)


class Detail(msgspec.Struct, frozen=True):
    """How much is told."""

    problems: int = 200
    sinks: int = 200
    rows: int = 200
    spans: int = 60
    """Stretches of days of one problem."""

    words: int = 4000
    """Characters of one reason or error."""


LEAST = Detail(problems=0, sinks=0, rows=0, spans=1, words=120)


def as_json(report: Report, limit: int | None = None) -> bytes:
    """Write the report, in at most `limit` bytes; always a whole document, with a line end."""
    newest_first = sorted(report.problems, key=lambda result: result.day, reverse=True)
    problems = _problems(sorted(newest_first, key=gravity))
    limit = None if limit is None else max(limit, SHORTEST)
    body = b""
    for number, detail in enumerate(_less_and_less()):
        body = msgspec.json.encode(_document(report, problems, detail))
        # People read it, too; where room is dear, blanks are the first to go.
        body = msgspec.json.format(body, indent=1 if not number else -1) + b"\n"
        if limit is None or len(body) <= limit:
            break
    return body


class _Problem(msgspec.Struct):
    """One reason at one sink, and the days that it concerns."""

    sink: str
    outcome: str
    reason: str
    """Of the newest of its days."""

    days: list[dt.date]
    needs_force: bool


def _problems(results: Sequence[Result]) -> list[_Problem]:
    """Give each problem once, with all its days, in the order of the results."""
    found: dict[tuple[str, str, str], _Problem] = {}
    for result in results:
        general = _PASSING.sub("", result.reason.replace(str(result.day), ""))
        key = (result.sink, result.kind.value, general)
        if key not in found:
            found[key] = _Problem(
                result.sink, result.kind.value, result.reason, [], result.needs_force
            )
        if result.day != dt.date.min:  # of a sink that gave up: it concerns every day
            found[key].days.append(result.day)
    return list(found.values())


def _less_and_less() -> Iterator[Detail]:
    """Give ways to tell it, each shorter than the one before."""
    detail = Detail()
    yield detail
    yield detail  # without blanks
    steps: tuple[tuple[str, Sequence[int]], ...] = (
        ("spans", (30, 12, 6, 4)),
        ("words", (1200, 600, 400, 250)),
        ("rows", (50, 20, 10, 5)),
        ("problems", (100, 60, 40, 30, 24, 20, 16, 13, 10, 8, 6, 5, 4, 3)),
        ("sinks", (100, 60, 40, 30, 20, 12, 8)),
        ("words", (160,)),
        ("rows", (1,)),
        ("problems", (2, 1)),
        ("sinks", (3, 1)),
    )
    for field, values in steps:
        for value in values:
            detail = msgspec.structs.replace(detail, **{field: value})
            yield detail
    yield LEAST


def _document(report: Report, problems: Sequence[_Problem], detail: Detail) -> dict[str, Any]:
    def cut(text: str) -> str:
        return shortened(text, detail.words)

    # Sinks with the gravest problems first: these are to be named, if not all can be.
    troubled = {problem.sink: None for problem in problems}
    order = [*troubled, *(sink for sink in sorted(report.counts) if sink not in troubled)]
    sinks = [sink for sink in order if sink in report.counts][: detail.sinks]
    remarks = [*report.remarks, *(_remark(one, detail) for one in _problems(report.waiting))]
    code = Exit(report.exit)
    return {
        "run_id": cut(report.run_id),
        "ccsync": cut(report.version),
        "exit": int(code),
        "means": MEANINGS[code],
        "error": None if report.error is None else cut(redact(str(report.error))),
        "started_at": report.started_at,
        "seconds": round((report.ended_at - report.started_at).total_seconds(), 3),
        "source_id": None if report.source_id is None else cut(report.source_id),
        "shard": report.shard,
        "first_day": min(report.days, default=None),
        "last_day": max(report.days, default=None),
        "days": len(report.days),
        "rows": report.rows,
        "requests": report.requests,
        "merged_rows": {
            sink: rows for sink, rows in report.merged_rows.items() if sink in set(sinks)
        },
        "remarks": [cut(remark) for remark in remarks[: detail.rows]],
        "skipped_rows": [cut(row) for row in report.skipped_rows[: detail.rows]],
        "skipped_rows_not_shown": max(0, len(report.skipped_rows) - detail.rows),
        "sinks": {
            sink: {
                kind.value: count for kind, count in sorted(report.counts[sink].items(), key=str)
            }
            for sink in sorted(sinks)
        },
        "sinks_not_shown": len(report.counts) - len(sinks),
        "problems": [
            {
                "sink": problem.sink,
                "outcome": problem.outcome,
                "reason": cut(problem.reason),
                "count": len(problem.days),
                "days": spans(problem.days, detail.spans),
                **(
                    {"remedy": once_mended(problem.sink, problem.days)}
                    if problem.needs_force
                    else {}
                ),
            }
            for problem in problems[: detail.problems]
        ],
        "problems_not_shown": max(0, len(problems) - detail.problems),
    }


def _remark(waiting: _Problem, detail: Detail) -> str:
    days = ", ".join(spans(waiting.days, detail.spans))
    return f"{waiting.sink}: {days} {waiting.outcome}: {waiting.reason}"


def shortened(text: str, most: int) -> str:
    """Give the beginning of a text, in at most so many characters, and at most four times bytes."""
    # Names of files may hold bytes that are no text, which JSON cannot.
    text = text.encode(errors="backslashreplace").decode()
    # A character that JSON escapes, or that is no ASCII, may take six bytes.
    weight = sum(1 if " " <= one <= "~" and one not in '"\\' else 4 for one in text[:most])
    room = most if weight <= 2 * most else most // 4
    return text if len(text) <= room else text[: max(1, room - 3)].rstrip(" .") + "..."


def spans(days: Sequence[dt.date], most: int) -> list[str]:
    """Write days as stretches, the newest first; where there are too many, none of the middle."""
    found: list[list[dt.date]] = []
    for day in sorted(set(days), reverse=True):
        if found and found[-1][0] - day == _DAY:
            found[-1][0] = day
        else:
            found.append([day, day])
    written = [str(last) if first == last else f"{first} to {last}" for first, last in found]
    if len(written) <= most:
        return written
    head = (most + 1) // 2
    tail = most - head
    return [*written[:head], "...", *(written[-tail:] if tail else [])]

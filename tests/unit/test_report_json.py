from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.errors import CcsyncError, Exit, SettingsError, StateRefused, StateUnavailable, Stopped
from ccsync.report import Kind, Report, Result
from ccsync.report_json import MEANINGS, SHORTEST, shortened, spans
from ccsync.testing.builders import ORGANIZATION, a_fetched_day, a_record

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 19)
LIMIT = 4096


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def a_problem(reason: str = "away", exit_: Exit = Exit.UNAVAILABLE, **fields: Any) -> Result:
    result = Result(sink="one", day=DAY, kind=Kind.FAILED, exit=exit_, reason=reason)
    return msgspec.structs.replace(result, **fields)


def report(*results: Result, error: CcsyncError | None = None) -> Report:
    made = Report("run-1", "1.2.3", NOW)
    for result in results:
        made.add(result)
    made.error = error
    return made


def written(made: Report, limit: int | None = None) -> dict[str, Any]:
    body = made.as_json(limit)
    assert body.endswith(b"\n")
    assert limit is None or len(body) <= limit
    document: dict[str, Any] = json.loads(body)
    return document


def test_it_is_written_as_json() -> None:
    made = report(
        Result(sink="one", day=DAY, kind=Kind.DELIVERED, merged=1),
        a_problem(),
        error=StateUnavailable("the store is away"),
    )
    made.saw(a_fetched_day([a_record("a")]))
    made.days = [DAY, DAY + dt.timedelta(days=1)]
    made.ended_at = NOW + dt.timedelta(seconds=1.5)
    made.shard = "3/8"
    assert written(made) == {
        "run_id": "run-1",
        "ccsync": "1.2.3",
        "exit": 5,
        "means": "unavailable, some days are missing; trying again helps",
        "error": "the store is away",
        "started_at": "2026-11-22T12:00:00Z",
        "seconds": 1.5,
        "source_id": ORGANIZATION,
        "shard": "3/8",
        "first_day": "2026-11-19",
        "last_day": "2026-11-20",
        "days": 2,
        "rows": 1,
        "requests": 0,
        "merged_rows": {"one": 1},
        "remarks": [],
        "skipped_rows": [],
        "skipped_rows_not_shown": 0,
        "sinks": {"one": {"delivered": 1, "failed": 1}},
        "sinks_not_shown": 0,
        "problems": [
            {
                "sink": "one",
                "outcome": "failed",
                "reason": "away",
                "count": 1,
                "days": ["2026-11-19"],
            }
        ],
        "problems_not_shown": 0,
    }


def test_a_run_that_did_nothing_is_written_too() -> None:
    document = written(report())
    assert (document["exit"], document["error"], document["first_day"]) == (0, None, None)
    assert (document["shard"], document["problems"]) == (None, [])


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Exit)
    assert written(report(error=Stopped(15)))["means"].startswith("stopped by SIGTERM")


def test_a_problem_is_told_once_with_all_its_days() -> None:
    results = [a_problem(day=ago(count)) for count in range(30)]
    apart = a_problem(sink="two", day=ago(400))
    first, second = written(report(*results, apart))["problems"]
    assert (first["sink"], first["count"], first["days"]) == ("one", 30, [f"{ago(29)} to {DAY}"])
    assert (second["sink"], second["days"]) == ("two", [str(ago(400))])


def test_a_problem_is_the_same_whatever_its_request_was_called() -> None:
    results = [
        a_problem(f"HTTP 503 after {n}.2 s on {ago(n)} (request-id req_0{n})", day=ago(n))
        for n in range(5)
    ]
    (problem,) = written(report(*results))["problems"]
    assert problem["count"] == 5
    assert problem["reason"].endswith("(request-id req_00)"), "the newest stands for all"
    other = a_problem("HTTP 500 after 1.2 s (request-id req_9)", day=ago(9))
    assert len(written(report(*results, other))["problems"]) == 2


def test_the_gravest_come_first_and_of_equals_the_newest() -> None:
    problems = written(
        report(
            a_problem("old", day=ago(9)),
            a_problem("new", day=ago(1)),
            a_problem("newer and older", day=ago(20)),
            a_problem("newer and older", day=DAY),
            a_problem("a bug", Exit.BUG, day=ago(300)),
        )
    )["problems"]
    assert [one["reason"] for one in problems] == ["a bug", "newer and older", "new", "old"]
    assert problems[1]["days"] == [str(DAY), str(ago(20))]


def test_a_sink_that_gave_up_names_no_days() -> None:
    (problem,) = written(report(a_problem(day=dt.date.min)))["problems"]
    assert (problem["count"], problem["days"]) == (0, [])


def test_days_are_shortened_from_the_middle() -> None:
    every_other = [ago(2 * count) for count in range(7)]
    assert spans(every_other, 7) == [str(day) for day in every_other]
    assert spans(every_other, 4) == [
        str(DAY),
        str(ago(2)),
        "...",
        str(ago(10)),
        str(ago(12)),
    ]
    assert spans(every_other, 1) == [str(DAY), "..."]
    assert spans([], 3) == []
    assert spans([ago(1), DAY, ago(5), ago(1)], 3) == [f"{ago(1)} to {DAY}", str(ago(5))]


def test_the_days_of_a_shard_for_a_year_fit() -> None:
    """They are no stretches: every one stands alone."""
    made = report(
        *(a_problem(day=ago(4 * count), sink=sink) for count in range(92) for sink in "abcd"),
        error=StateUnavailable("the store is away"),
    )
    problems = written(made, LIMIT)["problems"]
    assert [one["count"] for one in problems] == [92] * 4
    for problem in problems:
        days = problem["days"]
        assert (days[0], days[-1]) == (str(DAY), str(ago(4 * 91))), "newest first, oldest last"
        assert days.count("...") == 1
    assert len(made.as_json()) > len(made.as_json(LIMIT)) > LIMIT // 2


def test_a_small_report_is_made_for_people_also_within_a_limit() -> None:
    assert report(a_problem()).as_json(LIMIT) == report(a_problem()).as_json()
    assert b'\n "exit": 5,\n' in report(a_problem()).as_json(LIMIT)


def test_a_limit_leaves_out_problems_until_it_fits() -> None:
    odd = [
        a_problem("away " * 99 + chr(97 + n % 26) * (1 + n // 26), day=ago(n)) for n in range(150)
    ]
    made = report(*odd)
    made.skipped_rows = [f"row {number}" for number in range(500)]
    whole = written(made)
    assert len(whole["problems"]) == 150
    short = written(made, LIMIT)
    assert 3 < len(short["problems"]) < 150
    assert short["problems_not_shown"] == 150 - len(short["problems"])
    assert short["problems"][0]["days"] == [str(DAY)]
    assert short["skipped_rows_not_shown"] == 500 - len(short["skipped_rows"])


def test_rows_that_were_left_out_are_listed_though_nothing_is_wrong() -> None:
    made = report()
    made.skipped_rows = ["row 3: no actor"]
    assert written(made)["skipped_rows"] == ["row 3: no actor"]


def test_even_without_a_limit_a_report_is_bounded() -> None:
    made = report(*(a_problem(f"away from {n}") for n in range(1000)))
    assert len(written(made)["problems"]) == 200
    assert written(made)["problems_not_shown"] == 800


def test_a_long_error_fits_as_well() -> None:
    faults = [f"ccsync.yaml:{n}:1: sinks.one.setting_{n}: is not known" for n in range(200)]
    document = written(report(a_problem("x" * 9000), error=SettingsError(*faults)), LIMIT)
    assert document["error"].startswith("ccsync.yaml:0:1: sinks.one.setting_0")
    assert document["error"].endswith("...")
    assert document["problems"][0]["reason"].startswith("xxx")


def test_of_many_sinks_those_in_trouble_are_named() -> None:
    fine = [
        Result(sink=f"sink-{n:03}-{'x' * 50}", day=DAY, kind=Kind.DELIVERED) for n in range(150)
    ]
    document = written(report(*fine, a_problem(sink="zebra")), LIMIT)
    assert document["sinks"]["zebra"] == {"failed": 1}
    assert document["sinks_not_shown"] == 151 - len(document["sinks"])
    assert document["problems"][0]["sink"] == "zebra"


def test_no_key_is_written() -> None:
    key = "sk-ant-admin01-recognisable"
    made = report(a_problem(f"with {key}"), error=StateRefused(f"at {key}"))
    assert b"recognisable" not in made.as_json()
    assert b"recognisable" not in repr(made.problems).encode()


@pytest.mark.parametrize(
    "text", ["plain words and more of them", "äöü" * 9, "\x00\x01" * 9, '"' * 20]
)
def test_a_text_is_shortened_at_its_end(text: str) -> None:
    assert shortened(text, 1000) == text
    short = shortened(text, 12)
    assert short.endswith("...")
    assert text.startswith(short.removesuffix("..."))
    assert len(json.dumps(short)) <= 4 * 12 + 2


TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='\x00\x1f\u2028ä\U0001f600"\\', min_size=50, max_size=300),
    st.integers(1, 5000).map(lambda n: "word " * n),
)
RESULTS = st.builds(
    a_problem,
    TEXTS,
    st.sampled_from([Exit.OK, Exit.BUG, Exit.REFUSED, Exit.UNAVAILABLE]),
    sink=st.integers(0, 99).map(lambda n: f"sink{n}" + "x" * 55),
    day=st.dates(dt.date(2024, 1, 1), DAY),
)


@given(
    results=st.lists(RESULTS, max_size=60),
    error=st.none() | TEXTS.map(CcsyncError),
    rows=st.lists(TEXTS, max_size=20),
    source=st.none() | TEXTS,
    limit=st.sampled_from([SHORTEST, 2048, LIMIT]),
)
def test_whatever_happened_it_is_whole_and_fits(
    results: list[Result],
    error: CcsyncError | None,
    rows: list[str],
    source: str | None,
    limit: int,
) -> None:
    made = report(*results, error=error)
    made.skipped_rows, made.source_id = rows, source
    document = written(made, limit)
    assert document["exit"] == made.exit
    assert sum(one["count"] for one in document["problems"]) <= len(results)


def test_a_problem_that_only_force_ends_has_its_remedy() -> None:
    (problem,) = written(report(a_problem("refuses 1 row", needs_force=True)))["problems"]
    assert problem["reason"] == "refuses 1 row"
    assert problem["remedy"].endswith(f"`ccsync sync --from {DAY} --to {DAY} --force --sink one`")
    assert "remedy" not in written(report(a_problem()))["problems"][0]


def test_what_waits_is_a_remark_and_no_problem() -> None:
    late = Result(sink="one", day=DAY, kind=Kind.NOT_YET, reason="before noon")
    document = written(report(late, msgspec.structs.replace(late, day=ago(1))))
    assert document["problems"] == []
    assert document["remarks"] == [f"one: {ago(1)} to {DAY} not yet: before noon"]


def test_the_name_of_a_file_need_not_be_text() -> None:
    made = report(error=SettingsError("no\udcff.yaml: no such settings file"))
    assert written(made)["error"] == "no\\udcff.yaml: no such settings file"

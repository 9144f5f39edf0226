"""The page is whole in itself, says the summary's numbers, and cannot be broken by names."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import sys
from decimal import Decimal
from html import unescape
from typing import Any

import msgspec
import pytest

from ccsync.insights import Summary, summarize
from ccsync.insights.coverage import DeliveredDay, covered
from ccsync.insights.html import PageError, page
from ccsync.insights.wording import amount
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.testing import a_record

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
FIRST = dt.date(2026, 9, 1)
DAYS = 60

pytestmark = pytest.mark.timeout(180)


def usage(model: str, cents: str, currency: str = "USD") -> ModelUsage:
    minor = Decimal(cents)
    return ModelUsage(model, 1_000, 200, 9_000, 500, minor / 100, minor, currency)


def record(who: str, day: int, **changes: Any) -> Record:
    return a_record(who, date=FIRST + dt.timedelta(days=day), **changes)


def some_records() -> list[Record]:
    """Two people for 60 days, one who stopped after ten, ten models, an API key."""
    return [
        *(
            record(
                f"{name}@northwind.example",
                day,
                model_usage=(usage(f"claude-{day % 10}", f"{day + 1}.5"),),
                tool_actions=(ToolActions("edit_tool", 8, 2), ToolActions("write_tool", 3, 1)),
            )
            for name, days in (("mira", DAYS), ("ivo", DAYS), ("jon", 10))
            for day in range(days)
        ),
        record("ci", 3, actor_type="api_actor", model_usage=(usage("claude-1", "70000"),)),
    ]


def text_of(html: str) -> str:
    """Give what people read, with one blank between words."""
    body = html[html.index("<body>") : html.index('<script type="application/json"')]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def charts_of(html: str) -> list[dict[str, Any]]:
    found = re.search(
        r'<script type="application/json" id="charts">(.*?)</script>', html, re.DOTALL
    )
    assert found is not None
    charts: list[dict[str, Any]] = json.loads(found[1])
    return charts


def made(summary: Summary, **more: Any) -> str:
    return page(summary, title="Northwind", made_at=NOW, **more)


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarize(some_records())


@pytest.fixture(scope="module")
def html(summary: Summary) -> str:
    return made(summary)


def test_it_says_the_numbers_of_the_summary(html: str, summary: Summary) -> None:
    text = text_of(html)
    assert summary.total is not None
    assert f"Estimated cost, USD {amount(summary.total.costs['USD'])}" in text
    assert f"Sessions {summary.total.sessions:,}" in text
    assert f"Commits {summary.total.commits:,}" in text
    assert "People active 3 and 1 API key" in text
    for person in summary.people:
        assert f"{person.actor_id} {person.active_days} " in text
        assert amount(person.costs["USD"]) in text
    assert "(1 API keys)" not in text
    assert "(1 API key)" in text
    assert "no bill" in text
    assert "Made by ccsync at 2026-11-22 09:30 UTC" in text


def test_days_are_named_below_their_own_bars(html: str, summary: Summary) -> None:
    for chart in charts_of(html):
        x = chart["encoding"]["x"]
        if x.get("type") == "ordinal":
            assert x["scale"]["domain"][0] in (str(summary.days[0].first_day), "2026-08-31")
            assert len(x["axis"]["values"]) <= 8
            assert set(x["axis"]["values"]) <= set(x["scale"]["domain"])


def test_charts_show_the_same_numbers(html: str, summary: Summary) -> None:
    assert summary.total is not None
    by_title = dict(
        zip(re.findall(r"<figcaption>(.*?)</figcaption>", html), charts_of(html), strict=True)
    )
    cost = by_title["Estimated cost per day by model, USD"]
    drawn = sum(Decimal(str(row["cost"])) for row in cost["data"]["values"])
    assert drawn == pytest.approx(summary.total.costs["USD"])
    order = cost["encoding"]["color"]["scale"]["domain"]
    assert len(order) == len(cost["encoding"]["color"]["scale"]["range"]) == 8
    assert order[-1] == "all others"
    assert {row["model"] for row in cost["data"]["values"]} == set(order)
    sessions = by_title["Sessions per day"]["data"]["values"]
    assert [row["count"] for row in sessions] == [day.sessions for day in summary.days]


def test_it_is_one_file_that_loads_nothing(html: str) -> None:
    assert len(html.encode()) < 2_000_000
    own = html[: html.index("<script>")]
    assert not re.search(r"""(?:src|href)=(?!["']?data:)""", own)
    assert "url(" not in own
    assert "@import" not in own


def test_no_other_script_may_run(html: str) -> None:
    allowed = re.search(r"script-src ([^\"]*)\"", html)
    assert allowed is not None
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert allowed[1] == " ".join(f"'sha256-{one}'" for one in digests)
    assert "default-src 'none'" in html


@pytest.mark.parametrize(
    "name",
    [
        "</script><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}",
        "&amp;",
    ],
)
def test_names_are_only_text(name: str) -> None:
    records = [record(name, day, model_usage=(usage(name, "100"),)) for day in range(3)]
    html = page(summarize(records), title=name, made_at=NOW)
    assert name in text_of(html)
    assert html.count("<script") == 2
    assert "<img" not in html[: html.index("<script>")]
    people = [chart for chart in charts_of(html) if "person" in str(chart["encoding"])]
    assert people[0]["data"]["values"][0]["person"] == name


def test_currencies_are_told_apart() -> None:
    records = [
        record(
            "mira@northwind.example", 0, model_usage=(usage("a", "100"), usage("a", "300", "EUR"))
        )
    ]
    text = text_of(made(summarize(records)))
    assert "Estimated cost, EUR 3.00" in text
    assert "Estimated cost, USD 1.00" in text
    assert "4.00" not in text


def test_whoever_has_no_name_is_not_counted_as_nobody() -> None:
    records = [record("", day, model_usage=(usage("claude-1", "100"),)) for day in range(3)]
    html = made(summarize(records))
    text = text_of(html)
    assert "People active not known" in text
    assert "claude-1 not known " in text
    assert "Who uses it most" not in text
    assert "People active per day" not in re.findall(r"<figcaption>(.*?)</figcaption>", html)


def test_nothing_to_show() -> None:
    html = made(summarize([]))
    assert "No usage" in text_of(html)
    assert charts_of(html) == []


def test_only_so_many_people_are_named(summary: Summary) -> None:
    html = made(summary, top=1)
    assert "(2 other people)" in text_of(html)
    assert set(re.findall(r"(\w+)@northwind", html)) == {
        summary.people[0].actor_id.partition("@")[0],
        "jon",
    }
    assert "@northwind" not in made(summary, top=0)


def test_it_says_which_days_are_missing_and_which_are_open(summary: Summary) -> None:
    days = [day.first_day for day in summary.days]
    delivered = [
        DeliveredDay(source_id="org", day=day, settled=day < days[-2], fetched_at=NOW)
        for number, day in enumerate(days)
        if number not in (5, 6, 9)
    ]
    told = text_of(made(msgspec.structs.replace(summary, coverage=covered(delivered))))
    assert "2026-09-06 to 2026-09-07, 2026-09-10: never delivered." in told
    assert "2026-10-29 to 2026-10-30: not final when fetched" in told
    assert "last asked at 2026-11-22 09:30 UTC" in told


def test_people_who_stopped_are_listed(html: str, summary: Summary) -> None:
    assert summary.stopped is not None
    assert [one.actor_id for one in summary.stopped] == ["jon@northwind.example"]
    assert "jon@northwind.example 2026-09-10 50 10" in text_of(html)


def test_without_the_extra_it_says_what_to_install(
    summary: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(PageError, match=r"pip install 'ccsync\[insights\]'"):
        made(summary)

"""A summary on a screen: it fits, needs no colour, and calls estimates estimates."""

from __future__ import annotations

import datetime as dt
import io
import re
from decimal import Decimal

import msgspec
import pytest
from rich.console import Console

from ccsync.insights import summarize
from ccsync.insights.drawing import Bar, Sparkline
from ccsync.insights.report import render
from ccsync.insights.wording import amount, percent, tokens
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.testing import a_record
from ccsync.testing.builders import DAY


def shown(records: list[Record], *, width: int = 80, encoding: str = "utf-8", top: int = 5) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=stream, width=width).print(render(summarize(records), top=top))
    stream.flush()
    return raw.getvalue().decode(encoding)


def many(people: int) -> list[Record]:
    return [
        a_record(
            f"person-number-{number}@northwind.example",
            date=DAY - dt.timedelta(days=number % 40),
            sessions=1000 * (number % 7 + 1),
            model_usage=(
                ModelUsage(
                    f"claude-opus-{number % 3}-20261119-preview-long",
                    10**9, 10**8, 10**10, 10**6, Decimal("98765.4321"),
                    Decimal("9876543.21"), "USD",
                ),
            ),
        )
        for number in range(people)
    ]  # fmt: skip


def numbers(screen: str) -> set[str]:
    return {word for word in screen.split() if re.fullmatch(r"[\d,.]*\d[kMG%]?", word)}


@pytest.mark.parametrize("width", [50, 60, 80, 100, 200])
def test_it_fits_and_cuts_no_number(width: int) -> None:
    screen = shown(many(300), width=width)
    assert max(map(len, screen.splitlines())) <= width
    assert "…" not in screen, "nothing was cut off by force"
    all_of_them = numbers(shown(many(300), width=300))
    assert numbers(screen) <= all_of_them
    assert len(numbers(screen)) > len(all_of_them) / 4


def test_the_least_important_columns_go_first() -> None:
    def headings(width: int) -> list[str]:
        lines = shown([a_record()], width=width).splitlines()
        return next(line for line in lines if line.startswith("week of")).split()[2:]

    most = ["people", "sessions", "+lines", "-lines", "commits", "PRs", "estimated", "USD"]
    assert headings(100) == most
    assert headings(61) == ["people", "sessions", "+lines", "commits", "estimated", "USD"]
    assert headings(40) == ["sessions", "estimated", "USD"]


def test_where_not_even_that_fits_names_are_broken_and_numbers_are_not() -> None:
    people = [a_record("somebody.with.a.long.name@northwind.example")]
    screen = shown(people, width=30)
    assert max(map(len, screen.splitlines())) <= 30
    assert numbers(screen) <= numbers(shown(people, width=300))
    assert "3.94" in screen


def test_what_it_says() -> None:
    ci = a_record("ci", actor_type="api_actor", sessions=2)
    screen = shown([a_record(), a_record("noor@northwind.example", sessions=7), ci])
    flat = " ".join(screen.split())
    assert "2026-11-19 to 2026-11-19, 1 day" in flat
    assert "people 2, and 1 API key" in flat
    assert "estimated cost 15.75 USD" in flat
    assert "16 Nov (1d)" in flat, "a week that is there in part is marked"
    assert "edit_tool 60 12 83%" in flat
    assert "cost" not in flat.replace("estimated cost", "").replace("of all cost", "")
    assert "share" not in flat, "it would mean three things"
    who = screen.split("Who uses it most")[1]
    assert who.index("noor@") < who.index("mira@") < who.index("(1 API key)")


def test_tokens_are_called_as_on_the_page() -> None:
    usage = ModelUsage("m", 1_110, 2_220, 3_330, 4_440, Decimal(1), Decimal(100), "USD")
    screen = shown([a_record(model_usage=(usage,))], width=100).split("By model")[1]
    heading, _, row = screen.splitlines()[1:4]
    assert heading.split()[:7] == ["model", "input", "written", "read", "from", "cache", "output"]
    assert row.split()[:6] == ["m", "1.11k", "4.44k", "3.33k", "38%", "2.22k"]


def test_the_others_are_summed() -> None:
    screen = shown(many(9), top=2)
    assert "(7 other people)" in screen
    assert "(1 other person)" in shown(many(3), top=2)


def test_without_names_nobody_is_counted() -> None:
    screen = shown([a_record(""), a_record("ci", actor_type="api_actor")])
    flat = " ".join(screen.split())
    assert "active people unknown: 1 record names nobody, and 1 API key" in flat
    assert "Who uses it most cannot be told" in flat
    assert "people per day" not in flat, "nobody knows how many there were"
    assert "16 Nov (1d)       ?" in screen
    nobody = shown([a_record(""), a_record("", actor_type="api_actor")])
    assert "1 record names nobody, and an unknown number of API keys" in " ".join(nobody.split())
    some = shown([a_record(name, actor_type="api_actor") for name in ("", "ci")])
    assert "at least 1 API key" in " ".join(some.split())


def test_each_currency_has_its_own_sum() -> None:
    euro = ModelUsage("claude-opus-5", 1, 1, 1, 1, Decimal(3), Decimal(300), "EUR")
    screen = shown([a_record(), a_record("noor@northwind.example", model_usage=(euro,))])
    assert "3.94 USD and 3.00 EUR" in screen
    assert "cost in USD" in screen
    assert "cost in EUR" in screen
    assert "6.94" not in screen


def test_names_are_shown_as_they_are_and_command_no_terminal() -> None:
    """Terminals and API keys are named by their users, and a screen obeys what it gets."""
    usage = a_record("one").model_usage[0]
    model, other = "opus[dev]", "opus[/dev]"
    record = a_record(
        "a[red]b:smile:@northwind.example",
        terminal_type="[bold]\x1b]0;t\x07",
        tool_actions=(ToolActions("tool[/x]\x1b[2J\nnext", 1, 0),),
        model_usage=tuple(
            msgspec.structs.replace(usage, model=name, currency=currency)
            for name, currency in ((model, "USD"), (other, "E[u]R\x9b"))
        ),
    )
    screen = shown([record, a_record("other")], width=200)
    for name in ("a[red]b:smile:@northwind.example", model, other, "tool[/x]?[2J?next", "E[u]R?"):
        assert name in screen
    assert "[bold]?]0;t?" in screen
    assert all(one.isprintable() for line in screen.splitlines() for one in line)


def test_plain_ascii_where_nothing_else_can_be_shown() -> None:
    screen = shown(many(60), encoding="ascii")
    assert "#" in screen
    assert screen.isascii()


def test_no_usage() -> None:
    assert "No usage" in shown([])


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (999, "999"), (1000, "1.00k"), (45_600, "45.6k"), (7_890_000, "7.89M"),
     (123 * 10**9, "123G")],
)  # fmt: skip
def test_tokens(count: int, text: str) -> None:
    assert tokens(count) == text


def test_small_shares_and_amounts_are_not_nothing() -> None:
    assert [percent(Decimal(one)) for one in ("0", "0.004", "0.0999", "0.5", "1")] == [
        "0%", "0.4%", "10%", "50%", "100%"
    ]  # fmt: skip
    assert percent(None) == "-"
    assert [amount(Decimal(one)) for one in ("0", "0.001", "0.006", "1234.5")] == [
        "0.00", "<0.01", "0.01", "1,234.50"
    ]  # fmt: skip


def drawn(what: Bar | Sparkline, width: int = 80) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(what, end="")
    return stream.getvalue().rstrip("\n")


def test_bars() -> None:
    assert drawn(Bar(Decimal("0.5"), 10)) == "█████"
    assert drawn(Bar(Decimal("0.0001"), 10)) == "▏", "something is seen"
    assert drawn(Bar(Decimal(0), 10)) == ""
    assert drawn(Bar(Decimal(7), 10)) == "█" * 10
    assert drawn(Bar(Decimal(1), 10), width=4) == "████"


def test_sparklines() -> None:
    assert drawn(Sparkline([0, 1, 4, 8])) == " ▂▅█"
    assert drawn(Sparkline([1] * 200), width=50) == "█" * 50
    assert drawn(Sparkline([0, 0])) == "  "
    assert drawn(Sparkline([])) == ""

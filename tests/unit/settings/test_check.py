"""All faults at once, each at its place, each cause once, nothing secret in any of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from ccsync.secret import Secret
from ccsync.settings import shapes
from ccsync.settings.check import check, closest
from ccsync.settings.document import read
from ccsync.settings.load import Loaded
from ccsync.settings.model import Duration, Start

Load = Callable[..., Loaded]
Faults = Callable[..., list[str]]

HEAD = "version: 1\nsource:\n  api_key: ${KEY}\n"


def sink(text: str) -> str:
    return f"{HEAD}sinks:\n  t: {{type: table, {text}}}\n"


def test_good_settings_come_out_typed(load_text: Load) -> None:
    settings = load_text(
        sink("table: a.b, batch: 5, timeout: 2m, headers: {h: v}, dimensions: [x, y], "
             "auth: {user: me, password: p}, privacy: {identity: drop}")
    ).settings  # fmt: skip
    table: Any = settings.sinks["t"]
    assert (table.table, table.batch, table.timeout) == ("a.b", 5, Duration(120))
    assert table.headers == {"h": Secret("v")}
    assert table.dimensions == ("x", "y")
    assert table.auth.password == Secret("p")
    assert table.privacy.identity == "drop"
    assert settings.sync.start == Start(days=30)


def test_all_faults_at_once_in_the_order_of_the_file(faults_of: Faults) -> None:
    text = """\
version: 2
source:
  api_key: ${GONE}
  page_size: 5000
  page_size: 3
  base_url: 5
  retry_deadline: soon
privacy: {identity: hahs}
sync: {lookback_day: 1, start: 2026-13-01}
sinks:
  t:
    type: table
    tabel: a.b
    batch: [1]
    dimensions: [a, 2, b, c]
  o: {type: tabel}
snyc: {}
"""
    assert faults_of(text) == [
        "1:10: version: expected 1",
        "3:12: source.api_key: environment variable GONE is not set; "
        "export it: an Admin key (sk-ant-admin...), which an admin of the organization makes in "
        "the Console under Settings > Admin keys",
        "4:14: source.page_size: expected a whole number <= 1000",
        "5:3: source.page_size: duplicate name (first set on line 4)",
        "6:13: source.base_url: expected text, got a whole number; put it in quotes",
        "7:19: source.retry_deadline: expected a duration such as 45s, 10m, 26h or 2d",
        "8:21: privacy.identity: expected email or hash or drop; did you mean 'hash'?",
        "9:8: sync.lookback_day: no such setting; did you mean 'lookback_days'?",
        "9:32: sync.start: expected a date such as 2026-01-31, or days such as 30d",
        "13:5: sinks.t.tabel: no such setting; did you mean 'table'?",
        "14:12: sinks.t.batch: expected a whole number or auto, got a list",
        "15:21: sinks.t.dimensions[1]: expected text, got a whole number; put it in quotes",
        "16:13: sinks.o.type: no sink of type 'tabel' is installed; did you mean 'table'?",
        "17:1: snyc: no such setting; did you mean 'sync'?",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("table: 5", "5:27: sinks.t.table: expected text, got a whole number; put it in quotes"),
        ("table: a", "5:27: sinks.t.table: expected text matching regex '^\\\\w+\\\\.\\\\w+$'"),
        ("mode: fast, table: a.b", "5:26: sinks.t.mode: expected stream or load"),
        ("compress: no, table: a.b", "5:30: sinks.t.compress: expected true or false, got text"),
        ("batch: 501, table: a.b", "5:27: sinks.t.batch: expected a whole number <= 500"),
        ("timeout: 10, table: a.b",
         "5:29: sinks.t.timeout: expected a duration such as 45s, 10m, 26h or 2d"),
        ("headers: [x], table: a.b", "5:29: sinks.t.headers: expected a mapping, got a list"),
        ("headers: {h: 5}, table: a.b", "5:33: sinks.t.headers.h: expected text; put it in quotes"),
        ("headers: {h: ''}, table: a.b", "5:33: sinks.t.headers.h: is empty"),
        ('headers: {h: "a\\n"}, table: a.b',
         "5:33: sinks.t.headers.h: holds a line break or another control character"),
        ("dimensions: [a, b, c, d], table: a.b",
         "5:32: sinks.t.dimensions: expected a list of length <= 3"),
        ("auth: {user: x}, table: a.b", "5:20: sinks.t.auth.password: is missing"),
        ("auth: x, table: a.b", "5:26: sinks.t.auth: expected a mapping, got text"),
        ("compress: , table: a.b",
         "5:29: sinks.t.compress: expected true or false, but nothing is written here"),
        ("on_rejected: skip", "5:3: sinks.t.table: is missing"),
        ("table: forbidden.x", "5:3: sinks.t: forbidden.x is not allowed"),
    ],
)  # fmt: skip
def test_one_fault(text: str, fault: str, faults_of: Faults) -> None:
    assert faults_of(sink(text)) == [fault]


def test_one_cause_is_one_line(faults_of: Faults) -> None:
    # No "is missing" for a name that was misspelt, no rule across fields of a faulty section.
    assert faults_of("verison: 1\nsource:\n  api_kye: x\nsinks:\n  p: {type: plain}\n") == [
        "1:1: verison: no such setting; did you mean 'version'?",
        "3:3: source.api_kye: no such setting; did you mean 'api_key'?",
    ]


def test_rules_across_fields_stand_at_their_section(faults_of: Faults) -> None:
    text = "version: 1\nsource:\n  page_size: 5\nsync:\n  lookback_days: 1\nsinks: {}\n"
    faults = faults_of(text)
    assert faults[0].startswith("2:1: source: exactly one of api_key, ")
    assert faults[1].startswith("4:1: sync: lookback_days (1) must not be below")
    assert faults[2] == "6:8: sinks: expected at least 1 of them"


def test_an_empty_section_is_its_defaults(load_text: Load) -> None:
    loaded = load_text(HEAD + "sync:\nprivacy:\nsinks:\n  p: {type: plain}\n")
    assert loaded.settings.sync.lookback_days == 3


def test_a_variable_that_looks_like_a_number_is_text_where_text_is_meant(load_text: Load) -> None:
    text = HEAD + "  organization_id: ${ORG}\n  page_size: ${N}\nsinks:\n  p: {type: plain}\n"
    source = load_text(text, KEY="12345678", ORG="1e5", N="50").settings.source
    assert source.api_key == Secret("12345678")
    assert source.organization_id == "1e5"
    assert source.page_size == 50


HIDDEN = "hid.den"


@pytest.mark.parametrize(
    "text",
    [
        "table: '${V}', mode: x",
        "table: a.b, mode: '${V}'",
        "table: a.b, batch: '${V}'",
        "table: a.b, timeout: '${V}'",
        "table: a.b, '${V}': 1",
        "table: a.b, compress: '${V}'",
        "table: a.b, auth: {user: '${V}'}",
    ],
)
def test_what_came_from_the_environment_is_never_shown(text: str, faults_of: Faults) -> None:
    assert all(HIDDEN not in fault for fault in faults_of(sink(text), V=HIDDEN))


def test_nor_is_it_in_the_message_of_a_plugin(faults_of: Faults) -> None:
    text = sink("table: 'forbidden.${V}'")
    assert faults_of(text, V="inner") == ["5:3: sinks.t: *** is not allowed"]


def test_nor_is_the_type_of_a_sink(faults_of: Faults) -> None:
    faults = faults_of(f"{HEAD}sinks:\n  t:\n    type: ${{V}}\n", V="tabel")
    assert faults == [
        "6:11: sinks.t.type: no sink of this type is installed; installed are: plain, table"
    ]


def test_a_secret_is_never_shown_wherever_it_came_from() -> None:
    class Login(msgspec.Struct):
        password: Secret

        def __post_init__(self) -> None:
            raise ValueError(f"{self.password.reveal()} is too simple, {self.password}")

    checked = check(read("password: qwerty\n", {}), Login)
    assert [fault.message for fault in checked.faults] == ["*** is too simple, Secret(***)"]


def test_a_broken_sink_type_is_told_beside_the_other_faults() -> None:
    class Sink(msgspec.Struct):
        type: str

        def __post_init__(self) -> None:
            raise KeyError("no such thing")

    class All(msgspec.Struct):
        sink: msgspec.Struct
        n: int

    text = "sink: {type: odd}\nn: x\n"
    checked = check(read(text, {}), All, {msgspec.Struct: lambda _path, _value: Sink})
    assert [(fault.position.line, fault.message) for fault in checked.faults] == [
        (
            1,
            "the sink type cannot read these settings: KeyError('no such thing'); "
            "this is a fault of its package",
        ),
        (2, "expected a whole number, got text"),
    ]


class Part(msgspec.Struct):
    n: int


class Shapes(msgspec.Struct, kw_only=True):
    several: dict[str, list[Part]] = {}
    pair: tuple[int, str] | None = None
    names: set[str] | None = None
    free: Any = None
    either: int | Duration | None = None
    starts: list[Start] = []
    renamed: int = msgspec.field(default=0, name="re-named")
    limit: Annotated[float | None, Meta(gt=0)] = None
    choice: Literal[1, "one"] = 1


def test_shapes_of_other_plugins() -> None:
    text = (
        "several: {a: [{n: 1}, {n: 2}]}\npair: [1, x]\nnames: [a, b]\nfree: {x: [1]}\n"
        "either: 5m\nstarts: [3d]\nre-named: 4\nlimit: 2\nchoice: one\n"
    )
    assert check(read(text, {}), Shapes).value == Shapes(
        several={"a": [Part(1), Part(2)]},
        pair=(1, "x"),
        names={"a", "b"},
        free={"x": [1]},
        either=Duration(300),
        starts=[Start(days=3)],
        renamed=4,
        limit=2.0,
        choice="one",
    )


def test_faults_deep_inside_have_their_place() -> None:
    text = (
        "several: {a: [{n: 1}, {n: x}], b: 5}\npair: [1]\neither: {}\nstarts: [3d, x]\nlimit: 0\n"
        "choice: two\n"
    )
    faults = check(read(text, {}), Shapes).faults
    assert [(fault.path, fault.message) for fault in faults] == [
        (("several", "a", 1, "n"), "expected a whole number, got text"),
        (("several", "b"), "expected a list, got a whole number"),
        (("pair",), "expected a list of length 2, got 1"),
        (("either",), "expected a whole number or text, got a mapping"),
        (("starts", 1), "expected a date such as 2026-01-31, or days such as 30d"),
        (("limit",), "expected a number > 0.0"),
        (("choice",), "expected 1 or one"),
    ]


def test_closest() -> None:
    assert closest("bigqury", ["otlp", "bigquery"]) == "; did you mean 'bigquery'?"
    assert closest("zzz", ["otlp"]) == ""


def test_a_kind_that_nobody_can_read_is_a_fault_of_its_author() -> None:
    with pytest.raises(NotImplementedError, match="cannot be read"):
        shapes.parse(complex, "1")

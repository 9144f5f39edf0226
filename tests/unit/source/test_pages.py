from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ccsync.errors import SourceDrift
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.source.organization import OrganizationInfo
from ccsync.source.pages import NotJsonError, PageContent, read_json

from .fake_api import DAY, ORGANIZATION, a_row, page_body, sample
from .reading import read


def test_the_documented_shape() -> None:
    page = read(sample("documented.json"))
    assert (page.rows, page.has_more, page.skipped_rows) == (3, True, ())
    assert page.next_page == "page_ZmljdGl0aW91cy1jdXJzb3ItMQ=="
    mira, remote, bot = page.records
    assert mira == Record(
        date=DAY,
        organization_id=ORGANIZATION,
        actor_type="user_actor",
        actor_id="mira.okafor@northwind.example",
        sessions=9,
        lines_added=412,
        lines_removed=97,
        commits=6,
        pull_requests=2,
        tool_actions=(
            ToolActions("edit_tool", 61, 4),
            ToolActions("multi_edit_tool", 0, 0),
            ToolActions("notebook_edit_tool", 0, 0),
            ToolActions("write_tool", 11, 1),
        ),
        model_usage=(
            ModelUsage(
                "claude-opus-5",
                181220,
                60911,
                5120044,
                402118,
                Decimal("13.12"),
                Decimal(1312),
                "USD",
            ),
            ModelUsage(
                "claude-sonnet-5",
                22010,
                8120,
                310990,
                18800,
                Decimal("0.8725"),
                Decimal("87.25"),
                "USD",
            ),
        ),
        customer_type="api",
        terminal_type="vscode",
        is_remote=False,
    )
    assert (remote.actor_id, remote.is_remote) == (mira.actor_id, True)
    assert (bot.actor_type, bot.actor_id, bot.terminal_type) == ("api_actor", "ci-review-bot", "")
    assert (bot.tool_actions, bot.model_usage, bot.subscription_type) == ((), (), None)


def test_the_shape_before_is_remote() -> None:
    (teo,) = read(sample("before_is_remote.json"), dt.date(2025, 10, 2)).records
    assert (teo.is_remote, teo.subscription_type, teo.customer_type) == (
        None,
        "team",
        "subscription",
    )
    assert teo.extra is None


def test_the_catalogue_shape() -> None:
    (lin,) = read(sample("catalogue.json")).records
    (usage,) = lin.model_usage
    assert usage.cache_creation_tokens == 750
    assert (usage.cache_creation_5m_tokens, usage.cache_creation_1h_tokens) == (700, 50)
    assert str(usage.estimated_cost_minor) == "113.4"
    assert str(usage.estimated_cost) == "1.134"
    assert (lin.customer_type, lin.terminal_type, lin.is_remote) == (None, None, None)
    assert lin.extra == {"actor": {"user_id": "user_01FICTIONAL0000000000AA"}}


def test_odd_rows() -> None:
    nobody, service = read(sample("odd_rows.json")).records
    assert (nobody.actor_type, nobody.actor_id, nobody.lines_added) == ("user_actor", "", 0)
    assert (nobody.tool_actions, nobody.model_usage, nobody.extra) == ((), (), None)
    assert (service.actor_type, service.actor_id) == ("service_account_actor", "svac_01FICTIONAL")
    assert service.customer_type == "gateway"
    assert service.tool_actions == (ToolActions("apply_patch_tool", 2, 1),)
    assert service.model_usage == (
        ModelUsage("claude-quartz-9", 10, 4, 0, 0, Decimal("0.005"), Decimal("0.5"), "EUR"),
    )
    assert service.extra == {
        "region": "eu",
        "core_metrics": {"artifacts_created": 3},
        "tool_actions": {"apply_patch_tool": {"auto_accepted": 9}},
    }


def test_an_empty_day() -> None:
    assert read(sample("empty_day.json")) == PageContent([], 0, (), False, None)


def test_a_page_that_is_nested_beyond_reason_is_no_page() -> None:
    with pytest.raises(NotJsonError):
        read(b'{"data":' + b"[" * 100_000)


def test_bad_rows_can_be_left_out() -> None:
    body = page_body(
        a_row("a@x.example"), a_row("secret@x.example", is_remote=5), a_row("b@x.example")
    )
    page = read(body, on_bad_row="skip")
    assert [record.actor_id for record in page.records] == ["a@x.example", "b@x.example"]
    assert page.rows == 3
    (said,) = page.skipped_rows
    assert said.startswith(f"{DAY}: page 3, row 1 ")
    assert "secret@" not in said


@pytest.mark.parametrize(
    "body",
    [
        b"null", b"[]", b"5", b'"x"', b"{}",
        b'{"has_more": false}',
        b'{"data": []}',
        b'{"data": {}, "has_more": false}',
        b'{"data": null, "has_more": false}',
        b'{"data": [], "has_more": 0}',
        b'{"data": [], "has_more": "false"}',
        b'{"data": [], "has_more": null}',
        b'{"data": [], "has_more": false, "next_page": 5}',
    ],
)  # fmt: skip
def test_a_wrong_envelope_is_drift(body: bytes) -> None:
    with pytest.raises(SourceDrift, match=f"{DAY}: page 3: the answer is JSON, but not as"):
        read(body)


def test_the_envelope_may_grow() -> None:
    assert read(page_body(a_row(), data_refreshed_at="2026-11-20T00:00:00Z")).rows == 1


@pytest.mark.parametrize("cut", [0, 1, 200, -1])
def test_a_truncated_page_is_no_json(cut: int) -> None:
    with pytest.raises(NotJsonError) as caught:
        read(sample("documented.json").rstrip()[:cut])
    assert not caught.value.web_page


def test_a_web_page_is_seen() -> None:
    with pytest.raises(NotJsonError) as caught:
        read(sample("error_502.html"))
    assert caught.value.web_page


def test_garbled_text_is_no_json_even_where_nobody_looks() -> None:
    with pytest.raises(NotJsonError):
        read(page_body(a_row(unknown="HERE")).replace(b"HERE", b"\xff\xfe"))


def test_small_answers() -> None:
    info = read_json(sample("organization.json"), OrganizationInfo, what="the organization")
    assert info == OrganizationInfo(ORGANIZATION, "Northwind")
    with pytest.raises(SourceDrift, match="the organization: the answer is JSON, but"):
        read_json(b'{"id": 5}', OrganizationInfo, what="the organization")
    with pytest.raises(NotJsonError):
        read_json(b"", OrganizationInfo, what="the organization")

"""What is promised of a day: exactly the snapshot is shown, whatever is in it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ccsync import money
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.testing.builders import DAY, a_record, a_snapshot
from ccsync.testing.contract.context import Deliverer
from ccsync.testing.contract.given import Build, Shown
from ccsync.testing.contract.promises import Promises

OTHER_SOURCE = "00000000-0000-4000-8000-00000000000f"
OTHER_ORGANIZATION = "00000000-0000-4000-8000-000000000002"

DIMENSIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "organization_id": ({"organization_id": OTHER_ORGANIZATION},),
    "actor_type": ({"actor_type": "api_actor"}, {"actor_type": "service_actor"}),
    "actor_id": ({"actor_id": "two@northwind.example"}, {"actor_id": ""}),
    "customer_type": ({"customer_type": None}, {"customer_type": "subscription"}),
    "subscription_type": ({"subscription_type": "team"}, {"subscription_type": ""}),
    "terminal_type": ({"terminal_type": None}, {"terminal_type": ""}),
    "is_remote": ({"is_remote": None}, {"is_remote": True}),
}
"""For each dimension, records that differ in it alone."""

LARGE = 2**53 + 1
"""A whole number that a float cannot hold."""


class DayPromises(Promises):
    """The destination shows every record of the day, each with its values, and no other."""

    def test_every_record_is_shown(self, build: Build, shown: Shown) -> None:
        """A whole day arrives, however many requests it takes."""
        Deliverer(build)(self.a_day(1))
        self.assert_shown(shown, self.a_day(1))

    def test_empty_day_is_accepted(self, build: Build, shown: Shown) -> None:
        """A day without usage is a day too."""
        empty = a_snapshot([])
        Deliverer(build)(empty)
        self.assert_shown(shown, empty)

    @pytest.mark.parametrize("dimension", DIMENSIONS)
    def test_dimension_tells_records_apart(
        self, build: Build, shown: Shown, dimension: str
    ) -> None:
        """Null and "" differ; records that differ in one dimension alone are two records."""
        base = a_record("one@northwind.example", subscription_type=None)
        others = [
            msgspec.structs.replace(base, **changes, sessions=number + 4)
            for number, changes in enumerate(DIMENSIONS[dimension])
        ]
        day = a_snapshot([base, *others])
        assert day.record_count == 1 + len(others)
        Deliverer(build)(day)
        self.assert_shown(shown, day)

    def test_large_numbers_and_exact_money(self, build: Build, shown: Shown) -> None:
        """No number goes through a float, no currency into another."""
        costs = (("USD", "0.00000125"), ("USD-like", "90071992547409.93"), ("EUR", "0"))
        usage = tuple(
            ModelUsage(
                model="claude-opus-5",
                input_tokens=LARGE,
                output_tokens=0,
                cache_read_tokens=LARGE + 2,
                cache_creation_tokens=7,
                estimated_cost=money.major(money.canonical(Decimal(minor))),
                estimated_cost_minor=money.canonical(Decimal(minor)),
                currency=currency,
                cache_creation_5m_tokens=3,
                cache_creation_1h_tokens=4,
            )
            for currency, minor in sorted(costs)
        )
        day = a_snapshot([a_record(lines_added=LARGE, lines_removed=LARGE + 2, model_usage=usage)])
        Deliverer(build)(day)
        self.assert_shown(shown, day)

    def test_text_of_every_kind(self, build: Build, shown: Shown) -> None:
        """Names that the API invents may hold anything: quotes, line ends, other scripts."""
        texts = ("it's", '"', "a\\b", "a\nb", "名前-ключ-🔑", "{x}", "%s", "a,b=c", " ")
        records = [
            a_record(text, actor_type="api_actor", sessions=number + 1, terminal_type=text)
            for number, text in enumerate(texts)
        ]
        odd = a_record(
            tool_actions=tuple(ToolActions(text, 1, 2) for text in sorted(texts)),
            model_usage=(),
            extra={"it's": {"new": ["🔑", None, 1.5, True]}},
        )
        day = a_snapshot([*records, odd])
        Deliverer(build)(day)
        self.assert_shown(shown, day)

    def test_days_do_not_touch_each_other(self, build: Build, shown: Shown) -> None:
        """A day is replaced between its neighbours."""
        deliver = Deliverer(build)
        neighbours = [self.a_day(4, day=DAY + dt.timedelta(days=by)) for by in (-1, 1)]
        for snapshot in (*neighbours, self.a_day(1), self.a_day(2, size=3, minutes=1)):
            deliver(snapshot)
        for snapshot in (*neighbours, self.a_day(2, size=3)):
            self.assert_shown(shown, snapshot)

    def test_sources_do_not_touch_each_other(self, build: Build, shown: Shown) -> None:
        """Two credentials may write to one destination, even about the same people."""
        deliver = Deliverer(build)
        other = self.a_day(5, source_id=OTHER_SOURCE)
        for snapshot in (other, self.a_day(1), self.a_day(2, size=3, minutes=1)):
            deliver(snapshot)
        self.assert_shown(shown, other)
        self.assert_shown(shown, self.a_day(2, size=3))

    def test_poor_record_is_shown(self, build: Build, shown: Shown) -> None:
        """A record may lack everything that is optional."""
        poor: Record = msgspec.structs.replace(
            a_record("", sessions=1), customer_type=None, terminal_type=None, is_remote=None,
            tool_actions=(), model_usage=(),
        )  # fmt: skip
        Deliverer(build)(a_snapshot([poor]))
        self.assert_shown(shown, a_snapshot([poor]))

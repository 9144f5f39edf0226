"""Invented attributes, cells, values and records, shared by the tests of this sink."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from ccsync import money
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.testing import a_record
from ccsync_otlp.catalogue import DIMENSIONS, METRICS
from ccsync_otlp.memory import Shown
from ccsync_otlp.series import Attributes, Cell, Values

NAMES = ["actor.type", "is_remote", "organization.id", "terminal.type", "user.email"]


OWN_NAMES = ["currency", "model", "type"]

amounts = st.decimals(allow_nan=False, allow_infinity=False) | st.just(Decimal("-1E-400"))
whole = st.integers() | st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**400, 0])
seeds = st.integers(0, 2**32)


class Dice:
    """Puts a few drawn things together at random: much cheaper than to draw each combination."""

    def __init__(self, seed: int, texts: list[str]) -> None:
        self.random = Random(seed)  # noqa: S311 - invents cases, no secrets
        self._texts = texts

    def pairs(self, names: list[str]) -> Attributes:
        some = self.random.sample(names, self.random.randint(0, len(names)))
        return tuple((name, self.random.choice(self._texts)) for name in sorted(some))

    def cells(self, least: int = 0) -> set[Cell]:
        count = self.random.randint(least, 8)
        metrics = self.random.choices(range(len(METRICS)), k=count)
        return {Cell(metric, self.pairs(OWN_NAMES)) for metric in metrics}

    def bases(self) -> set[Attributes]:
        return {self.pairs(NAMES) for _ in range(self.random.randint(0, 6))}


@st.composite
def values(draw: st.DrawFn, text: st.SearchStrategy[str]) -> Values:
    """Any values at all, also zeros, which `values_of` never gives."""
    dice = Dice(draw(seeds), draw(st.lists(text, min_size=1, max_size=4)))
    numbers: list[int | Decimal] = [*draw(st.lists(whole, min_size=1, max_size=4))]
    decimals: list[int | Decimal] = [*draw(st.lists(amounts, min_size=1, max_size=4))]
    return {
        base: {
            cell: dice.random.choice(decimals if METRICS[cell.metric].decimal else numbers)
            for cell in sorted(dice.cells())
        }
        for base in sorted(dice.bases())
    }


@st.composite
def shown(draw: st.DrawFn, text: st.SearchStrategy[str]) -> Shown:
    dice = Dice(draw(seeds), draw(st.lists(text, min_size=1, max_size=4)))
    return {base: frozenset(dice.cells(1)) for base in sorted(dice.bases())}


counts = st.integers(0, 10**12)
texts = st.sampled_from(["", "a", "A", "a b", "a_b", "a__b", "é", "É", "x" * 600, "x" * 599 + "y"])


def a_usage(model: str, currency: str, tokens: tuple[int, int, int, int], minor: Any) -> ModelUsage:
    cents = money.canonical(Decimal(minor))
    return ModelUsage(model, *tokens, money.major(cents), cents, currency)


usages = st.builds(
    a_usage,
    texts,
    st.sampled_from(["USD", "EUR", "usd"]),
    st.tuples(counts, counts, counts, counts),
    st.decimals(-(10**9), 10**9, places=7),
)
tools = st.builds(
    ToolActions, texts | st.sampled_from(["edit_tool", "Edit", "write_tool"]), counts, counts
)

a_dimension = st.none() | texts


def records() -> st.SearchStrategy[list[Record]]:
    actor = st.sampled_from(["", "Mira@northwind.example", "mira@northwind.example", "0a1b"])
    one = st.builds(
        a_record,
        actor | texts,
        actor_type=st.sampled_from(["user_actor", "api_actor", "robot_actor", ""]),
        organization_id=st.sampled_from(["", "o", "O"]),
        customer_type=a_dimension,
        subscription_type=a_dimension,
        terminal_type=a_dimension,
        is_remote=st.none() | st.booleans(),
        sessions=counts,
        cost_minor=st.just(Decimal(0)),
        lines_added=counts,
        lines_removed=counts,
        commits=counts,
        pull_requests=counts,
        tool_actions=st.lists(tools, max_size=3).map(tuple),
        model_usage=st.lists(usages, max_size=3).map(tuple),
    )
    return st.lists(one, max_size=8)


dimensions = st.frozensets(st.sampled_from(sorted(DIMENSIONS)))

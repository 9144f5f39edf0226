"""What is left out, or done otherwise, for each emulator, and how exact each is.

These are the reasons for what `tests.support.bigquery_emulators` does: an emulator that has learnt
something fails a test here, and the way around it can go.
"""

# ruff: noqa: S608 - only our own names get into the text

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from google.api_core.exceptions import GoogleAPICallError

from ccsync.testing import a_record, a_snapshot
from ccsync.warehouse.columns import SYNC_DAYS, TABLES, USAGE_RAW
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.rows import RowEncoder
from ccsync.warehouse.tables import create_table
from ccsync.warehouse.views import VIEWS, create_view
from tests.support.bigquery_emulators import (
    PROJECT,
    BigqueryEmulator,
    Bqemulator,
    Emulator,
    emulator,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

AS_IT_IS = "as_it_is"
AMOUNTS = "SELECT m.estimated_cost AS amount FROM {} AS u CROSS JOIN UNNEST(u.model_usage) AS m"


@pytest.fixture(scope="module")
def bqemulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(Bqemulator.name, tmp_path_factory.mktemp("bqemulator")) as running:
        running.create_dataset(AS_IT_IS)
        yield running


@pytest.fixture(scope="module")
def analyzer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(BigqueryEmulator.name, tmp_path_factory.mktemp("analyzer")) as running:
        running.create_dataset(AS_IT_IS)
        yield running


OURS = BigQuery(PROJECT, AS_IT_IS)


def test_bqemulator_takes_our_ddl_as_it_is_and_again(bqemulator: Emulator) -> None:
    for _ in range(2):
        for table in TABLES:
            bqemulator.run(create_table(table, OURS))
        for view in VIEWS:
            bqemulator.run(create_view(view, OURS))
    for view in VIEWS:
        assert bqemulator.run(f"SELECT * FROM {OURS.table(view.name)}") == []


def test_analyzer_takes_ddl_but_for_some_descriptions(analyzer: Emulator) -> None:
    for _ in range(2):
        analyzer.run(create_table(SYNC_DAYS, OURS))
    with pytest.raises(GoogleAPICallError, match="Nested column options are unsupported"):
        analyzer.run(create_table(USAGE_RAW, OURS))
    with pytest.raises(GoogleAPICallError, match="explicit column list is not supported"):
        analyzer.run(create_view(VIEWS[0], OURS))


def rows_of(amounts: Sequence[Decimal]) -> Iterator[bytes]:
    """Give a row of `usage_raw` per amount, as the sink would send it."""
    snapshot = a_snapshot()
    encoder = RowEncoder(snapshot, run_id="run", written_at=snapshot.fetched_at)
    (usage,) = a_record().model_usage
    for amount in amounts:
        used = msgspec.structs.replace(usage, estimated_cost=amount)
        yield encoder.line(a_record(model_usage=(used,)))


def kept(
    running: Emulator, dataset: str, amounts: Sequence[Decimal]
) -> tuple[list[Decimal], Decimal]:
    """Put amounts into a table; gives them as they are there, and their sum."""
    running.create_dataset(dataset)
    dialect = running.dialect(dataset)
    running.run(create_table(USAGE_RAW, dialect))
    running.insert(dataset, USAGE_RAW.name, rows_of(amounts))
    each = AMOUNTS.format(dialect.table(USAGE_RAW.name))
    (total,) = running.run(f"SELECT SUM(amount) AS total FROM ({each})")
    return sorted(row["amount"] for row in running.run(each)), total["total"]


def amounts_with(places: int) -> list[Decimal]:
    """Give amounts that need so many places, and so does their sum."""
    least = Decimal(1).scaleb(-places)
    return [Decimal(41), *(digit * least for digit in range(10)), Decimal(f"0.{'9' * places}")]


def test_amounts_are_exact_to_so_many_places(bqemulator: Emulator, analyzer: Emulator) -> None:
    for running in (bqemulator, analyzer):
        amounts = amounts_with(running.decimals)
        each, total = kept(running, "exact", amounts)
        assert each == sorted(amounts)
        # Python would round the sum of decimals to 28 digits.
        assert Fraction(total) == sum(map(Fraction, amounts))


def test_bqemulator_rounds_what_is_finer(bqemulator: Emulator) -> None:
    amounts = amounts_with(bqemulator.decimals + 1)
    each, _ = kept(bqemulator, "finer", amounts)
    assert each != sorted(amounts)


def test_bqemulator_rounds_to_five_places_without_a_scale(bqemulator: Emulator) -> None:
    bqemulator.run(f"CREATE TABLE {OURS.table('plain')} (amount BIGNUMERIC)")
    bqemulator.stream(AS_IT_IS, "plain", [b'{"amount": "0.123456"}'])
    assert bqemulator.run(f"SELECT * FROM {OURS.table('plain')}") == [
        {"amount": Decimal("0.12346")}
    ]


def test_analyzer_takes_streamed_amounts_of_records_for_texts(analyzer: Emulator) -> None:
    analyzer.create_dataset("streamed")
    dialect = analyzer.dialect("streamed")
    analyzer.run(create_table(USAGE_RAW, dialect))
    analyzer.stream("streamed", USAGE_RAW.name, rows_of([Decimal(4), Decimal("0.5")]))
    each = AMOUNTS.format(dialect.table(USAGE_RAW.name))
    assert sorted(row["amount"] for row in analyzer.run(each)) == [Decimal("0.5"), Decimal(4)]
    (total,) = analyzer.run(f"SELECT SUM(amount) AS total FROM ({each})")
    assert total["total"] != Decimal("4.5")


def test_only_the_analyzer_knows_when_the_week_of_a_literal_begins(
    bqemulator: Emulator, analyzer: Emulator
) -> None:
    week = f"SELECT {OURS.week('DATE' + repr('2026-11-19'))} AS week"
    assert str(analyzer.run(week)[0]["week"]) == "2026-11-16"
    assert str(bqemulator.run(week)[0]["week"]) == "2026-11-15"


def test_only_the_analyzer_keeps_sums_of_literals_exact(
    bqemulator: Emulator, analyzer: Emulator
) -> None:
    fine = f"0.1{'0' * 20}1"
    total = f"SELECT SUM(x) AS x FROM UNNEST([BIGNUMERIC '{fine}', BIGNUMERIC '0']) AS x"
    assert analyzer.run(total) == [{"x": Decimal(fine)}]
    assert bqemulator.run(total) == [{"x": Decimal("0.1")}]

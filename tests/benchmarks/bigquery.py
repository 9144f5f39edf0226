"""Measures streaming to BigQuery beside the official client's method, on the same rows.

    python -m tests.benchmarks.bigquery [--quick]

CPU seconds of the process that sends, threads and system included, the median of several rounds in
which all take turns, for the machine may be shared. The server is another process, takes anything,
and answers at once; the time that passes is measured once more with answers that take 80 ms. Memory
is the peak of what Python allocates meanwhile, in a round of its own. What ours sends is compared
with what the official method is given before anything counts.
"""

from __future__ import annotations

import datetime as dt
import functools
import gc
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import islice
from typing import Any, TypeAlias, cast

import msgspec
from google.cloud.bigquery import AutoRowIDs

from ccsync.context import Context
from ccsync.records import ModelUsage, Record
from ccsync.retry import Patience
from ccsync.runtime import Runtime
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.warehouse.rows import RowEncoder, record_key
from ccsync_bigquery.batches import batches
from ccsync_bigquery.client import connect
from ccsync_bigquery.inserting import Inserter
from ccsync_bigquery.service import Service
from ccsync_bigquery.settings import BigQueryConfig
from tests.benchmarks.insert_all import serving

DATASET = "northwind-data.claude_code"
TABLE = "usage_raw"
RUN_ID = "run-0123456789"
WRITTEN_AT = dt.datetime(2026, 11, 22, 12, 0, 1, tzinfo=dt.UTC)
LATENCY_MS = 80
BAR = 3.0

DEFAULT = BigQueryConfig(type="bigquery", dataset=DATASET)

Row: TypeAlias = dict[str, Any]
Run: TypeAlias = Callable[[Service], None]


def a_day(count: int) -> list[Record]:
    """Make the records of a day: two models, two tools, ten dimensions and counts each."""
    return [
        a_record(
            f"person{number}@northwind.example",
            sessions=1 + number % 7,
            subscription_type="team",
            terminal_type=("vscode", "iterm", "tmux")[number % 3],
            model_usage=(_usage("claude-opus-5", number), _usage("claude-sonnet-5", number + 1)),
        )
        for number in range(count)
    ]


def _usage(model: str, number: int) -> ModelUsage:
    cents = Decimal(number % 4_000) + Decimal("10.25")
    return ModelUsage(
        model=model,
        input_tokens=1_000 + number,
        output_tokens=500 + number,
        cache_read_tokens=9_000 + 11 * number,
        cache_creation_tokens=700 + 3 * number,
        estimated_cost=cents / 100,
        estimated_cost_minor=cents,
        currency="USD",
    )


def held(records: Sequence[Record]) -> Snapshot:
    """Give a snapshot that has its records as objects."""
    return Snapshot(
        day=DAY,
        source_id=ORGANIZATION,
        snapshot_id="0123456789abcdef0123456789abcdef",
        fetched_at=FETCHED_AT,
        settled=True,
        record_count=len(records),
        slices=lambda: iter([records]),
    )


def lines(snapshot: Snapshot) -> Iterator[tuple[Record, bytes]]:
    """Encode as the sink does."""
    encoder = RowEncoder(snapshot, run_id=RUN_ID, written_at=WRITTEN_AT)
    return ((record, encoder.line(record)) for record in snapshot.records())


def dicts(snapshot: Snapshot) -> Iterator[Row]:
    """Make what the official method takes, as anybody would."""
    constant = {
        "source_id": snapshot.source_id,
        "snapshot_id": snapshot.snapshot_id,
        "run_id": RUN_ID,
        "written_at": WRITTEN_AT.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "schema_version": 1,
    }
    for record in snapshot.records():
        row: Row = msgspec.to_builtins(record)
        yield {**row, "record_key": record_key(record), **constant}


def ours(snapshot: Snapshot, rows: int, in_flight: int) -> Run:
    """Stream with the sink's inserter, encoding included."""

    def run(service: Service) -> None:
        Inserter(
            service,
            service.context,
            batch_rows=rows,
            batch_bytes=DEFAULT.batch_bytes,
            in_flight=in_flight,
        ).insert(TABLE, lines(snapshot))

    return run


def stock(source: Callable[[], Iterable[Row]], rows: int, *, ids: bool = False) -> Run:
    """Stream with `insert_rows_json`, one request after the other."""

    def run(service: Service) -> None:
        for part in _parts(source(), rows):
            _insert_rows_json(service, part, ids=ids)

    return run


def stock_threads(source: Callable[[], Iterable[Row]], rows: int, threads: int) -> Run:
    """Do as `stock`, with several requests at once."""

    def run(service: Service) -> None:
        with ThreadPoolExecutor(threads) as pool:
            insert = functools.partial(_insert_rows_json, service)
            for _ in pool.map(insert, _parts(source(), rows)):
                pass

    return run


def _insert_rows_json(service: Service, part: Sequence[Row], *, ids: bool = False) -> None:
    row_ids = AutoRowIDs.GENERATE_UUID if ids else AutoRowIDs.DISABLED
    insert = cast("Any", service.client).insert_rows_json
    if insert(f"{DATASET}.{TABLE}", part, row_ids=row_ids):
        raise SystemExit("the server refused rows")


def _parts(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    source = iter(rows)
    while part := list(islice(source, size)):
        yield part


def a_service(address: str) -> Service:
    """Make the sink's own door to a server."""
    runtime = Runtime()
    context = Context(
        name="benchmark",
        run_id=RUN_ID,
        user_agent="ccsync/0 (benchmark)",
        runtime=runtime,
        patience=Patience(runtime, 60.0),
        proceed=lambda: None,
    )
    config = msgspec.structs.replace(DEFAULT, endpoint=address)
    return connect(config, context, {})


def cpu(run: Run, service: Service) -> float:
    """Run once; give CPU seconds."""
    gc.collect()
    began = time.process_time()
    run(service)
    return time.process_time() - began


def wall(run: Run, service: Service) -> float:
    """Run once; give the seconds that passed."""
    began = time.perf_counter()
    run(service)
    return time.perf_counter() - began


def memory(run: Run, service: Service) -> float:
    """Run once; give the peak of allocated megabytes, without what was there before."""
    gc.collect()
    tracemalloc.start()
    run(service)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def compare(snapshot: Snapshot) -> None:
    """Make sure that both send the same rows."""
    found = [
        row["json"]
        for batch in batches(lines(snapshot), max_rows=100, max_bytes=1 << 20)
        for row in json.loads(batch.body)["rows"]
    ]
    expected: list[Row] = json.loads(json.dumps(list(dicts(snapshot))))
    if found != expected:
        raise SystemExit("ours does not send the same rows")


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    count = 10_000 if quick else 100_000
    records = a_day(count)
    compare(held(records[:1_000]))
    snapshot = held(records)
    prepared = list(dicts(snapshot))
    rows, in_flight = DEFAULT.batch_rows, DEFAULT.in_flight
    base = "insert_rows_json, dicts, 500, insertIds"
    same_work = "insert_rows_json, records, 500, insertIds"
    default = f"ccsync, records, {rows} (default)"
    contestants: dict[str, Run] = {
        base: stock(lambda: prepared, 500, ids=True),
        "insert_rows_json, dicts, 500": stock(lambda: prepared, 500),
        f"insert_rows_json, dicts, {rows}": stock(lambda: prepared, rows),
        same_work: stock(lambda: dicts(snapshot), 500, ids=True),
        "ccsync, records, 500": ours(snapshot, 500, in_flight),
        default: ours(snapshot, rows, in_flight),
        f"ccsync, packed day, {rows}": ours(a_snapshot(records), rows, in_flight),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    with serving() as address:
        service = a_service(address)
        for _ in range(3 if quick else 5):
            for name, run in contestants.items():
                seconds[name].append(cpu(run, service))
        peaks = {name: memory(run, service) for name, run in contestants.items()}
        service.close()
    size = sum(len(line) for _, line in lines(snapshot)) / count
    _show(f"{count:,} rows of {size:,.0f} bytes; a server that answers at once")
    _show(f"{'':42}{'us/row':>8}{'rows/s':>10}{'to the first':>14}{'peak MB':>9}")
    middles = {name: statistics.median(of_name) for name, of_name in seconds.items()}
    for name, middle in middles.items():
        _show(
            f"{name:42}{middle / count * 1e6:8.2f}{count / middle:10,.0f}"
            f"{middles[base] / middle:13.1f}x{peaks[name]:9.1f}"
        )
    for what, theirs in (
        ("insert_rows_json as it is, from dicts made beforehand", base),
        ("the same from records, which is the same work", same_work),
    ):
        times = middles[theirs] / middles[default]
        mark = "met" if times >= BAR else "NOT met"
        _show(f"rows/s per core, to {what}: {times:.1f}x (bar: at least {BAR:g}x, {mark})")
    slow: dict[str, Run] = {
        base: contestants[base],
        "insert_rows_json, dicts, 500, 4 threads": stock_threads(lambda: prepared, 500, 4),
        "ccsync, records, 500": contestants["ccsync, records, 500"],
        default: contestants[default],
    }
    with serving(LATENCY_MS) as address:
        service = a_service(address)
        _show(f"the same with answers after {LATENCY_MS} ms{'seconds that pass':>33}{'rows/s':>10}")
        for name, run in slow.items():
            took = wall(run, service)
            _show(f"{name:42}{took:24.2f}{count / took:10,.0f}")
        service.close()


def _show(line: str) -> None:
    print(line)  # noqa: T201


if __name__ == "__main__":
    main()

"""From records to rows: one JSON object each, as streaming inserts and load jobs take them.

A record is encoded as it is, for its field names are the names of the columns. What is added names
the record, its snapshot and the run that wrote it. Three things are spelled as a warehouse wants:

- `extra` is JSON text in a string: its shape is the API's, and changes without notice.
- Amounts are plain decimal numerals in strings, without an exponent.
- Whole numbers beyond 2^53 are strings: whoever reads a JSON number as a double would damage them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

import msgspec

from ccsync.records import Record, identity
from ccsync.snapshot import Snapshot
from ccsync.warehouse.columns import SCHEMA_VERSION

LARGEST_EXACT = 2**53
"""Up to here a JSON number is exact wherever it is read (RFC 8259, section 6)."""

_json = msgspec.json.Encoder()
_text = msgspec.json.Encoder(order="deterministic")
_sha256 = hashlib.sha256

_LEAST_PLAIN_EXPONENT = -6
"""Python writes a canonical amount that is smaller than a millionth with an exponent."""


class RowEncoder:
    """Makes the rows of `usage_raw` for one snapshot. For one thread."""

    def __init__(self, snapshot: Snapshot, *, run_id: str, written_at: dt.datetime) -> None:
        """Prepare what is equal in all rows.

        Args:
            snapshot: that the records are of.
            run_id: the run that writes.
            written_at: a moment with a time zone.
        """
        constant = {
            "source_id": snapshot.source_id,
            "snapshot_id": snapshot.snapshot_id,
            "run_id": run_id,
            "written_at": _timestamp(written_at),
            "schema_version": SCHEMA_VERSION,
        }
        self._tail = '",' + _json.encode(constant).decode()[1:]
        # Used again and again: it stays in the processor's cache.
        self._buffer = bytearray()

    def line(self, record: Record) -> bytes:
        """Give the row of a record: a JSON object, without a newline."""
        buffer = self._buffer
        added = f',"record_key":"{record_key(record)}{self._tail}'.encode()
        if record.extra is not None:
            added = b',"extra":' + _json.encode(_text.encode(record.extra).decode()) + added
            record = msgspec.structs.replace(record, extra=None)
        if _is_plain(record):
            _json.encode_into(record, buffer)
        else:
            values = msgspec.to_builtins(record, builtin_types=(Decimal,))
            _json.encode_into(_spelled(values), buffer)
        buffer[-1:] = added
        return bytes(buffer)


def record_key(record: Record) -> str:
    """Name a record within its snapshot: 32 hex digits of a hash of its identity.

    It is the beginning of the SHA-256 of the eight dimensions as a JSON array, so null and "" are
    different, and no two identities can be spelled alike.
    """
    return _sha256(_json.encode(identity(record))).hexdigest()[:32]


def commit(
    snapshot: Snapshot,
    *,
    committed_at: dt.datetime,
    run_id: str,
    mode: str,
    ccsync_version: str,
) -> bytes:
    """Give the row of `sync_days` that makes a snapshot the truth of its day.

    Args:
        snapshot: all of whose rows are written.
        committed_at: a moment with a time zone.
        run_id: the run that writes.
        mode: `stream` or `load`: how the rows were written.
        ccsync_version: of the program that writes.
    """
    return _json.encode(
        {
            "date": snapshot.day,
            "source_id": snapshot.source_id,
            "snapshot_id": snapshot.snapshot_id,
            "record_count": snapshot.record_count,
            "settled": snapshot.settled,
            "fetched_at": _timestamp(snapshot.fetched_at),
            "committed_at": _timestamp(committed_at),
            "run_id": run_id,
            "mode": mode,
            "ccsync_version": ccsync_version,
            "schema_version": SCHEMA_VERSION,
        }
    )


def _timestamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _is_plain(record: Record) -> bool:
    """Tell, quickly, whether a record's numbers can be encoded as they are: nearly all can."""
    # Whole numbers that are OR-ed together have no more bits than the largest of them has.
    bits = (
        record.sessions
        | record.lines_added
        | record.lines_removed
        | record.commits
        | record.pull_requests
    )
    for action in record.tool_actions:
        bits |= action.accepted | action.rejected
    for usage in record.model_usage:
        bits |= (
            usage.input_tokens
            | usage.output_tokens
            | usage.cache_read_tokens
            | usage.cache_creation_tokens
            | (usage.cache_creation_5m_tokens or 0)
            | (usage.cache_creation_1h_tokens or 0)
        )
        if (
            usage.estimated_cost.adjusted() < _LEAST_PLAIN_EXPONENT
            or usage.estimated_cost_minor.adjusted() < _LEAST_PLAIN_EXPONENT
        ):
            return False
    return 0 <= bits < LARGEST_EXACT


def _spelled(value: Any) -> Any:
    """Spell numbers as a warehouse wants them, however deep they are."""
    if isinstance(value, dict):
        of_names = cast("dict[str, Any]", value)
        return {name: _spelled(one) for name, one in of_names.items()}
    if isinstance(value, list | tuple):
        return [_spelled(one) for one in cast("Iterable[Any]", value)]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_EXACT:
        return str(value)
    return value

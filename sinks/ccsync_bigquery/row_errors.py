"""What BigQuery says of single rows in an answer that calls itself a success (HTTP 200).

Three kinds of rows may be listed under `insertErrors`, and what is not listed is in the table:

- refused: the row does not fit the table, and nothing of its request was inserted;
- stopped: nothing is wrong with the row, but another row of its request was refused;
- failed: something inside BigQuery went wrong, for this row; the request's other rows are in.

(BigQuery documentation, "Streaming data into BigQuery", on troubleshooting streaming inserts.)

BigQuery's own words may quote what was in the row, which is personal data. No message repeats them,
but for wordings that are known to name fields and types only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from ccsync.records import Record
from ccsync.warehouse.columns import TABLES, Column

_FAILED = {
    "backendError",
    "internalError",
    "timeout",
    "rateLimitExceeded",
    "quotaExceeded",
    "jobBackendError",
    "jobInternalError",
}
_STOPPED = "stopped"

_FIELD = r"[A-Za-z_][A-Za-z0-9_.\[\]]{0,300}"
_TYPES = (
    "array|bignumeric|bool|boolean|bytes|date|datetime|double|float|floating point|int64|integer|"
    "numeric|record|string|time|timestamp"
)

_SAFE: tuple[tuple[str, str], ...] = (
    (rf"no such field: ({_FIELD}?)\.?", "no such field: {0}"),
    (r"no such field\.?", "no such field"),
    (rf"Missing required fields?: ({_FIELD}(?:, {_FIELD})*?)\.?", "missing required field: {0}"),
    (rf"(?:Cannot|Could not) convert value to ({_TYPES})\b.*", "the value is no {0}"),
    (rf"Conversion from ({_TYPES}) to ({_TYPES}) is unsupported.*", "is a {0}, not a {1}"),
    (rf"Invalid ({_TYPES})\b.*", "the value is no {0}"),
    (r"Only optional fields can be set to NULL.*", "null in a required column"),
    (r"Array specified for non-repeated field.*", "a list in a column that is not repeated"),
    (r"Repeated field must be imported as a JSON array.*", "no list in a repeated column"),
    (r"This field: .* is not a record.*", "no record in a column of records"),
    (r"This field: .* is a record.*", "a record in a column of single values"),
    (
        r".*is outside the allowed bounds.*",
        "the day is too far from today for streaming; `mode: load` takes any day",
    ),
    (r".*(?:row size exceeded|[Rr]ow (?:size )?(?:is )?too large).*", "the row is too large"),
)
"""BigQuery's words, and what we say for them."""

_MESSAGE_PREFIX = "Msg_0_CLOUD_QUERY_TABLE."
"""What BigQuery puts before names of fields that it misses."""

_MOST_NAMED = 5
"""Kinds of faults that a message tells apart."""


class RowError(NamedTuple):
    """One fault of a row, as BigQuery tells it."""

    reason: str
    location: str
    """The field, such as `model_usage[0].currency`; "" when it does not say."""

    message: str
    """May quote the row's values: for the dead-letter file alone."""


class InvalidRow(NamedTuple):
    """A row that BigQuery will never take as it is."""

    record: Record | None
    """That it shows; None for a commit."""

    line: bytes
    """The row: a JSON object."""

    errors: Sequence[RowError]


class InvalidRowsError(Exception):
    """BigQuery refuses rows. Its text names fields and faults, never a value."""

    def __init__(self, rows: Sequence[InvalidRow], *, untried: bool = False) -> None:
        """Take the rows.

        Args:
            rows: all that were found; at least one.
            untried: whether the search ended before every row was tried.
        """
        more = "; not every row was tried" if untried else ""
        super().__init__(f"BigQuery refuses {counted(len(rows))}: {summary(rows)}{more}")
        self.rows = tuple(rows)
        self.untried = untried


class UnreadableError(Exception):
    """An answer does not say what became of the rows: the outcome is unknown."""


class Verdict(NamedTuple):
    """What became of the rows of a request that was answered."""

    invalid: dict[int, list[RowError]]
    """Refused, by index."""

    again: list[int]
    """Not in the table, and to be sent again as they are."""

    trouble: str
    """Why some are to be sent again; "" when all is well."""


def judge(table: str, insert_errors: object, rows: int) -> Verdict:
    """Read the `insertErrors` of an answer.

    Args:
        table: name of the table, as `usage_raw`.
        insert_errors: the list, empty when every row is in.
        rows: how many were sent.

    Raises:
        UnreadableError: this cannot be what became of the rows that were sent.
    """
    found = _by_index(insert_errors, rows)
    invalid: dict[int, list[RowError]] = {}
    lagging: dict[int, str] = {}
    failed: dict[int, str] = {}
    for index, errors in found.items():
        unknown = [one for one in errors if one.reason not in _FAILED | {_STOPPED}]
        missing = [name for one in unknown if (name := _missing_column(table, one)) is not None]
        if len(missing) < len(unknown):
            invalid[index] = errors
        elif missing:
            lagging[index] = missing[0]
        elif reasons := [one.reason for one in errors if one.reason != _STOPPED]:
            failed[index] = reasons[0]
    if invalid:
        # The stopped rows need no other try: without the refused ones the day is not complete.
        again = sorted(lagging | failed)
    elif lagging:
        again = list(range(rows))  # nothing of such a request was inserted
    else:
        again = sorted(found)
    return Verdict(invalid, again, _trouble(lagging, failed, len(again), rows))


def summary(rows: Iterable[InvalidRow]) -> str:
    """Say which fields are wrong, and how, and in how many rows: without any value."""
    faults = Counter(described(row.errors[0]) for row in rows)
    named = [f"{fault} ({counted(times)})" for fault, times in faults.most_common(_MOST_NAMED)]
    if len(faults) > _MOST_NAMED:
        named.append(f"and {len(faults) - _MOST_NAMED} more faults")
    return ", ".join(named)


def described(error: RowError) -> str:
    """Say what is wrong with a row, in words that are known to hold no value."""
    field = _field(error.location)
    words = _safe_words(error.message)
    if words is None:
        reason = error.reason if re.fullmatch(r"[A-Za-z]{1,40}", error.reason) else "refused"
        words = f"{reason} (BigQuery's words may quote the value)" if error.message else reason
    return f"{field}: {words}" if field and not words.endswith(f": {field}") else words


def counted(rows: int) -> str:
    """Count rows in words."""
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _by_index(insert_errors: object, rows: int) -> dict[int, list[RowError]]:
    """Read the list, trusting nothing in it."""
    found: dict[int, list[RowError]] = {}
    if not isinstance(insert_errors, list):
        raise _unreadable("insertErrors is no list")
    for entry in cast("list[object]", insert_errors):
        parts = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
        index, errors = parts.get("index"), parts.get("errors")
        if isinstance(index, str) and index.isdecimal():
            index = int(index)  # the way in which Google's APIs write 64-bit numbers
        if not isinstance(index, int) or isinstance(index, bool):
            raise _unreadable("an entry of insertErrors names no row")
        if not 0 <= index < rows:
            raise _unreadable(f"insertErrors names row {index} of {counted(rows)}")
        if not isinstance(errors, list) or not errors:
            raise _unreadable(f"insertErrors says nothing about row {index}, which it names")
        of_row = found.setdefault(index, [])
        of_row += [_row_error(one) for one in cast("list[object]", errors)]
    return found


def _row_error(error: object) -> RowError:
    parts = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
    return RowError(*(str(parts.get(name) or "") for name in RowError._fields))


def _unreadable(why: str) -> UnreadableError:
    return UnreadableError(f"BigQuery's answer does not say what became of the rows: {why}")


def _trouble(lagging: dict[int, str], failed: dict[int, str], again: int, rows: int) -> str:
    if lagging:
        columns = ", ".join(
            sorted({name or "(it does not say which)" for name in lagging.values()})
        )
        return (
            f"BigQuery knows no column {columns}. Streaming knows a new column some minutes after "
            "it was added; if this lasts, add it: `ccsync bigquery init --upgrade`"
        )
    if failed:
        reasons = ", ".join(sorted(set(failed.values())))
        return f"BigQuery did not take {again:,} of {counted(rows)}: {reasons}"
    if again:
        return f"BigQuery stopped {again:,} of {counted(rows)} and does not say why"
    return ""


def _missing_column(table: str, error: RowError) -> str | None:
    """Give the column of ours that BigQuery does not know; "" when it does not say which."""
    found = re.fullmatch(rf"no such field(?:: ({_FIELD}?))?\.?", error.message)
    if error.reason != "invalid" or found is None:
        return None
    name = _field(error.location) or _field(found[1] or "")
    return name if not name or name in _COLUMNS.get(table, ()) else None


def _paths(columns: Iterable[Column], inside: str = "") -> Iterable[str]:
    for column in columns:
        yield inside + column.name
        yield from _paths(column.fields, f"{inside}{column.name}.")


_COLUMNS = {table.name: frozenset(_paths(table.columns)) for table in TABLES}
"""What the rows have, by table: `date`, `model_usage`, `model_usage.currency` and so on."""


def _field(location: str) -> str:
    """Give the path of a column without positions in lists; "" when this is none."""
    path = re.sub(r"\[\d+\]", "", location.removeprefix("Field:").strip())
    return path if re.fullmatch(_FIELD, path) else ""


def _safe_words(message: str) -> str | None:
    text = message.strip().replace(_MESSAGE_PREFIX, "")
    for pattern, words in _SAFE:
        found = re.fullmatch(pattern, text, re.DOTALL | re.IGNORECASE)
        if found is not None:
            return words.format(*found.groups())
    return None

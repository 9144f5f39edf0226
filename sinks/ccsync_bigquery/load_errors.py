"""What a failed load job says of single rows.

It names a row by the position of its first byte in what was loaded. Its words quote values, which
are personal data, so none of them gets into a message: `row_errors` knows which may be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ccsync.errors import SinkRefused
from ccsync_bigquery.row_errors import RowError

_ABOUT_ROWS = re.compile(r"Error while reading data|error in row starting at position")
_POSITION = re.compile(r"starting at position:? (\d+)|byte_offset_to_start_of_line: (\d+)")
_PREFIX = re.compile(
    r"^(?:Error while reading data, error message: )?"
    r"(?:JSON parsing error in row starting at position:? \d+(?: at file: \S+)?\s*[:.]\s*)?"
)
_FIELD = re.compile(r"[.;]?\s*(?:Field|column_name): \"?([A-Za-z_][\w.]*)\"?.*$", re.DOTALL)
_NO_FIELD = re.compile(r"No such field: ")
_QUOTED = re.compile(r"(onvert value) .* to ", re.DOTALL)


class Fault(NamedTuple):
    """One fault of one row."""

    position: int | None
    """Of the row's first byte; None when BigQuery does not say."""

    error: RowError


class LoadRefusedError(SinkRefused):
    """BigQuery does not take some rows of a load, so it took none. Its text has no values."""

    def __init__(self, message: str, faults: Iterable[Fault]) -> None:
        """Take what is wrong, as far as BigQuery says."""
        super().__init__(message)
        self.faults = tuple(faults)


def faults_in(
    failure: Mapping[str, Any], details: Iterable[Mapping[str, Any]]
) -> list[Fault] | None:
    """Read a failed load job.

    Args:
        failure: its `status.errorResult`.
        details: its `status.errors`.

    Returns:
        What is wrong with rows: those that can be found, if there are any. None when the job
        failed for another reason.
    """
    everything = [failure, *details]
    if not any(_is_about_rows(one) for one in everything):
        return None
    faults = [_fault(one) for one in everything]
    placed = [fault for fault in faults if fault.position is not None]
    telling = [fault for fault in faults if "too many errors" not in fault.error.message]
    return list(dict.fromkeys(placed or telling or faults[:1]))


def _is_about_rows(error: Mapping[str, Any]) -> bool:
    return error.get("reason") == "invalid" and bool(_ABOUT_ROWS.search(_words(error)))


def _fault(error: Mapping[str, Any]) -> Fault:
    words = _words(error)
    found = _POSITION.search(words)
    position = None if found is None else int(found[1] or found[2])
    words = _PREFIX.sub("", words)
    field = _FIELD.search(words)
    words = _FIELD.sub("", words)
    words = _NO_FIELD.sub("no such field: ", _QUOTED.sub(r"\1 to ", words)).strip()
    location = field[1] if field is not None else str(error.get("location") or "")
    return Fault(position, RowError(str(error.get("reason") or "invalid"), location, words))


def _words(error: Mapping[str, Any]) -> str:
    return str(error.get("message") or "")

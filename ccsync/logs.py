"""Logs, on stderr: one line per event, with the run's id, and without keys.

An event has a name (`day.delivered`) and facts. On a terminal people read it in colours, otherwise
it is one JSON object per line. stdout is never touched: it carries data only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Literal, TypeAlias, cast

from ccsync.lean import without
from ccsync.redact import HEADERS, MASK, redact
from ccsync.secret import Secret

with without("rich"):
    import structlog

Level: TypeAlias = Literal["debug", "info", "warning", "error"]
Format: TypeAlias = Literal["auto", "json", "console"]

LEVELS: dict[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_LIBRARIES = ("httpx", "httpcore")
"""Loggers of the standard library that are shown with our own events, on the level debug."""

_SECRET_NAMES = HEADERS | {"api_key", "bearer_token", "hash_key", "password", "secret", "token"}
_DEPTH = 8
"""Facts nested deeper are shown as text."""


def configure(
    *,
    level: Level = "info",
    style: Format = "auto",
    run_id: str = "",
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> None:
    """Set up this process's logging; the last call holds."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())

    def stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        stamped: dict[str, Any] = {
            "timestamp": now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": event.pop("level", _method),
            "event": event.pop("event", ""),
        }
        if run_id:
            stamped["run_id"] = run_id
        return {**stamped, **event}

    render: Any = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty() and "NO_COLOR" not in os.environ,
            exception_formatter=structlog.dev.plain_traceback,
            pad_event_to=24,
        )
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, stamp, _exception, _redacted, render],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=_Stderr,
        cache_logger_on_first_use=False,
    )
    _route_libraries(debug=level == "debug")


def get() -> structlog.typing.FilteringBoundLogger:
    """Give the logger: `logs.get().info("day.delivered", sink=name, day=day)`."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


def clean(value: Any, depth: int = 0) -> Any:
    """Give a fact as it may be shown: plain values, no secrets, keys masked, also inside."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, bytes):
        return redact(value.decode("utf-8", "replace"))
    if depth < _DEPTH and isinstance(value, Mapping):
        return {redact(str(name)): _fact(str(name), one, depth) for name, one in _pairs(value)}
    if depth < _DEPTH and isinstance(value, list | tuple | set | frozenset):
        items = [clean(one, depth + 1) for one in _items(value)]
        # Headers also come as pairs: ("authorization", "Basic ...").
        is_pair = len(items) == 2 and str(items[0]).lower() in _SECRET_NAMES
        return [items[0], MASK] if is_pair else items
    return redact(str(value))


def _fact(name: str, value: Any, depth: int) -> Any:
    if name.lower() in _SECRET_NAMES and value is not None:
        return MASK
    return clean(value, depth + 1)


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items())


def _items(value: Any) -> list[Any]:
    return list(value)


def _redacted(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {redact(name): _fact(name, value, 0) for name, value in event.items()}


# structlog's own formatter may render local variables; a plain traceback can be redacted as text.
def _exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(given, tuple):
        error = _items(given)[1]
    if isinstance(error, BaseException):
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()
    return event


class _Stderr:
    """Writes whole lines to whatever stderr is now: a progress display may have replaced it."""

    def __init__(self, *_names: Any) -> None:
        pass

    def msg(self, line: str) -> None:
        # A run must not fail because nobody listens to its logs any more.
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    log = debug = info = warning = error = critical = exception = msg


class _Route(logging.Handler):
    """Hands records of the standard library's logging to our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        get().log(
            record.levelno,
            f"{record.name.partition('.')[0]}.log",
            message=record.getMessage(),
            logger=record.name,
            exc_info=record.exc_info,
        )


def _route_libraries(*, debug: bool) -> None:
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        library.handlers = [_Route()]
        library.propagate = False
        library.setLevel(logging.DEBUG if debug else logging.WARNING)

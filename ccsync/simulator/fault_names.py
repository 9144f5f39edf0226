"""Faults by name, for the command line (`429:day=2026-11-20,times=3`) and for control over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from ccsync.simulator import effects
from ccsync.simulator.contract import REPORT_PATH, parse_day
from ccsync.simulator.effects import Effect
from ccsync.simulator.faults import Fault, Match

_T = TypeVar("_T")
_D = TypeVar("_D")

_Options: TypeAlias = dict[str, str]
"""Options as text; whoever understands one takes it out."""


def fault_text(text: str) -> Fault:
    """Read `NAME` or `NAME:OPTION=VALUE,...`.

    A comma that is part of a value can not be written; control over HTTP can.

    Raises:
        ValueError: with a message for the user.
    """
    name, _, rest = text.partition(":")
    options: _Options = {}
    for part in filter(None, rest.split(",")):
        option, equals, value = part.partition("=")
        if not equals:
            raise ValueError(f"{part!r} in fault {text!r}: expected OPTION=VALUE")
        options[option.strip()] = value.strip()
    return fault_named(name.strip(), options)


def fault_named(name: str, options: Mapping[str, str]) -> Fault:
    """Build a fault from its name and options.

    Names: an error status such as `429` or `503`, or one of `FAULT_NAMES`. Options of every
    fault: `day`, `page`, `nth`, `times` (a count or `always`), `with-cursor` (true or false) and
    `path` (a path or `any`).

    Raises:
        ValueError: with a message for the user.
    """
    left = dict(options)
    match = Match(
        day=_take(left, "day", _day, None),
        page=_take(left, "page", int, None),
        with_cursor=_take(left, "with-cursor", _truth, True if name == "dead-cursor" else None),
        path=_take(left, "path", lambda text: None if text == "any" else text, REPORT_PATH),
        nth=_take(left, "nth", int, 1),
        times=_take(left, "times", lambda text: None if text == "always" else int(text), 1),
    )
    effect = _effect(name, left)
    if left:
        raise ValueError(f"fault {name!r} has no option {', '.join(map(repr, sorted(left)))}")
    return Fault(effect, match, name)


def _effect(name: str, left: _Options) -> Effect:
    if name == "429":
        return _rate_limited(left)
    if name.isascii() and name.isdigit() and 400 <= int(name) <= 599:
        should_retry = _take(left, "should-retry", _truth, None)
        return effects.status(int(name), should_retry=should_retry)
    build = _EFFECTS.get(name)
    if build is None:
        raise ValueError(
            f"{name!r} is not a fault; faults are an error status such as 429 or 503, "
            f"{', '.join(FAULT_NAMES)}"
        )
    return build(left)


def _rate_limited(left: _Options) -> Effect:
    date = _take(left, "retry-after-date", _seconds, None)
    seconds = _take(left, "retry-after", float, None)
    return effects.rate_limited(
        seconds if date is None else date,
        retry_after_ms=_take(left, "retry-after-ms", int, None),
        reset=_take(left, "reset", _seconds, None),
        should_retry=_take(left, "should-retry", _truth, None),
    )


def _redirect(left: _Options) -> Effect:
    if "to" not in left:
        raise ValueError("fault 'redirect' needs the option 'to', a base URL")
    return effects.redirect(left.pop("to"), _take(left, "code", int, 302))


def _take(left: _Options, option: str, read: Callable[[str], _T], default: _D) -> _T | _D:
    text = left.pop(option, None)
    if text is None:
        return default
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"option {option}={text}: {error}") from None


def _day(text: str) -> dt.date:
    day = parse_day(text)
    if day is None:
        raise ValueError("expected a date such as 2026-01-31")
    return day


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("expected true or false")
    return text == "true"


def _seconds(text: str) -> dt.timedelta:
    return dt.timedelta(seconds=float(text))


_EFFECTS: dict[str, Callable[[_Options], Effect]] = {
    "html": lambda left: effects.html(_take(left, "code", int, 502)),
    "truncate": lambda left: effects.truncated(_take(left, "share", float, 0.5)),
    "broken-json": lambda left: effects.broken_json(_take(left, "share", float, 0.5)),
    "reset": lambda _: effects.reset(),
    "stall": lambda left: effects.stall(
        _take(left, "seconds", float, 30.0), share=_take(left, "share", float, None)
    ),
    "latency": lambda left: effects.latency(_take(left, "seconds", float, 1.0)),
    "repeat-cursor": lambda _: effects.repeated_cursor(),
    "missing-cursor": lambda _: effects.missing_cursor(),
    "dead-cursor": lambda left: effects.status(_take(left, "code", int, 410)),
    "other-json": lambda left: effects.other_json(_take(left, "body", effects.raw_json, None)),
    "redirect": _redirect,
}

FAULT_NAMES = tuple(_EFFECTS)

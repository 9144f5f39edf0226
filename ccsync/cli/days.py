"""Days on the command line: options of our commands, and of those that sinks bring."""

from __future__ import annotations

import contextlib
import datetime as dt
import re

import click

from ccsync.cli.session import Session
from ccsync.plan import DAY


def to_day(ctx: click.Context, _param: click.Parameter, value: str | None) -> dt.date | None:
    """Read a UTC day, written YYYY-MM-DD, or Nd for N days before today."""
    if value is None:
        return None
    if days := re.fullmatch(r"(\d{1,5})d", value.strip()):
        return _days_ago(ctx, int(days[1]), value)
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a day{_why_no_day(value, error)}") from None


def _days_ago(ctx: click.Context, days: int, text: str) -> dt.date:
    session = ctx.find_object(Session) or Session()
    try:
        return session.runtime.now().date() - days * DAY
    except OverflowError:
        raise click.BadParameter(f"{text!r} lies before there were days to count") from None


def _why_no_day(text: str, error: ValueError) -> str:
    """Say what is wrong with it, and how to write it."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return f": {error}; days are written YYYY-MM-DD"
    if found := re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", text.strip()):
        day, month, year = map(int, found.groups())
        with contextlib.suppress(ValueError):
            return f"; did you mean {dt.date(year, month, day)}? Days are written YYYY-MM-DD"
    return "; write it as YYYY-MM-DD, e.g. 2026-01-31, or as days before today, e.g. 30d"

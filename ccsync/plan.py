"""Which days a run looks at, and which sink needs which of them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ccsync.errors import SettingsError
from ccsync.fingerprint import Fingerprint
from ccsync.settings.model import SyncSettings
from ccsync.shard import Shard
from ccsync.state.document import Entry

DAY = dt.timedelta(days=1)

TODAY_FROM = dt.time(1, 0)
"""The API serves only what is older than an hour: before 01:00 UTC today holds nothing."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for beyond the settings."""

    first: dt.date | None = None
    """`--from`, inclusive."""

    last: dt.date | None = None
    """`--to`, inclusive."""

    shard: Shard | None = None
    """`--shard`: of the days that are wanted, take those of one shard; None: all of them."""

    force: bool = False
    dry_run: bool = False

    @property
    def is_range(self) -> bool:
        """True when days were named."""
        return self.first is not None or self.last is not None

    @property
    def is_usual(self) -> bool:
        """True for a run as a schedule makes them: how others went says nothing of those."""
        return not (self.is_range or self.dry_run) and self.shard is None


class Need(msgspec.Struct, frozen=True):
    """What the plan must know about a sink."""

    fingerprint: Fingerprint
    tracked: bool
    entries: Mapping[dt.date, Entry]


class PlannedDay(msgspec.Struct, frozen=True):
    """A day to fetch, and the sinks that get it."""

    day: dt.date
    sinks: tuple[str, ...]


def last_day(now: dt.datetime, rules: SyncSettings) -> dt.date:
    """Give the newest day that may be asked for."""
    today = now.date()
    return today if rules.include_today and now.time() >= TODAY_FROM else today - DAY


def make_plan(
    *,
    now: dt.datetime,
    rules: SyncSettings,
    start: dt.date,
    request: Request,
    sinks: Mapping[str, Need],
) -> Sequence[PlannedDay]:
    """Plan a run, oldest day first.

    Raises:
        SettingsError: the days asked for cannot be.
    """
    last = last_day(now, rules)
    if request.is_range:
        wanted = dict.fromkeys(sinks, tuple(_asked(request, now, rules)))
    else:
        if start > now.date():
            raise SettingsError(f"sync.start is {start}, which is in the future: {_today(now)}")
        window = max(start, now.date() - rules.lookback_days * DAY)
        wanted = {name: tuple(_needed(need, start, window, last)) for name, need in sinks.items()}
    by_day: dict[dt.date, list[str]] = {}
    for name, days in wanted.items():
        for day in days:
            by_day.setdefault(day, []).append(name)
    return [
        PlannedDay(day, tuple(names))
        for day, names in sorted(by_day.items())
        if request.shard is None or request.shard.holds(day)
    ]


def only_the_window(
    *,
    now: dt.datetime,
    rules: SyncSettings,
    start: dt.date,
    request: Request,
    sinks: Mapping[str, Need],
    state_keeps: bool,
) -> list[str]:
    """Say why a run without any ledger looks at the last days only; nothing if it does not.

    `state_keeps` is false for `state: none`.
    """
    tracked = any(need.tracked for need in sinks.values())
    first = now.date() - rules.lookback_days * DAY
    if request.is_range or tracked or not sinks or start >= first:
        return []
    if state_keeps:
        verb = "keeps" if len(sinks) == 1 else "keep"
        who, remedy = f"{', '.join(sinks)} {verb} no ledger", "`track: true`"
    else:
        who, remedy = "`state: none` keeps no ledger", "a state that lasts"
    days = f"the last {rules.lookback_days} days"
    if last_day(now, rules) == now.date():
        days += " and today"
    return [f"{who}: {days}; {remedy} gets every day since {start}"]


def _asked(request: Request, now: dt.datetime, rules: SyncSettings) -> Iterator[dt.date]:
    """Give the days of `--from A --to B`."""
    newest = last_day(now, rules)
    first, last = request.first, request.last or newest
    if first is None:
        raise SettingsError("--to needs --from: say which day to begin with")
    if last > now.date() or first > now.date():
        raise SettingsError(
            f"{max(first, last)} is in the future: {_today(now)}. The newest day to ask for is "
            f"{newest}"
        )
    if max(first, last) > newest:
        why = (
            "its data begins to be served at 01:00 UTC"
            if rules.include_today
            else ("sync.include_today is false")
        )
        raise SettingsError(f"{now.date()} is today, and {why}; ask for days up to {newest}")
    if first > last:
        raise SettingsError(
            f"--from {first} lies after --to {last}; did you mean --from {last} --to {first}?"
        )
    return _days(first, last)


def _today(now: dt.datetime) -> str:
    return f"by the clock of this machine it is {now:%Y-%m-%d %H:%M} (UTC)"


def _needed(need: Need, start: dt.date, window: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Give the days that a sink needs: the window, gaps, and what was still open when fetched."""
    yield from _days(window, last)
    if not need.tracked:
        return
    for day in _days(start, window - DAY):
        if not _is_true(need.entries.get(day), need.fingerprint):
            yield day
    for day, entry in need.entries.items():
        # Delivered by `--from`, or under another start. Such a day is not looked for, but it is not
        # left half-way, nor shown under a privacy policy that is not in force any more.
        if day < start and not _is_true(entry, need.fingerprint):
            yield day


def _is_true(entry: Entry | None, fingerprint: Fingerprint) -> bool:
    """Tell whether a day before the window needs no look: settled, and delivered or decided."""
    decided = None if entry is None else entry.standing_note or entry.trusted_line
    return decided is not None and decided.settled and fingerprint.matches(decided.fingerprint)


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for number in range((last - first).days + 1):
        yield first + number * DAY

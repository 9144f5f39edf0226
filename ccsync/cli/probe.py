"""What `ccsync check` finds out about the source: key, organization, clock, one past day."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from ccsync.errors import SourceError, SourceUnavailable
from ccsync.plan import DAY
from ccsync.privacy import Privacy
from ccsync.runtime import Runtime
from ccsync.settings.model import PrivacySettings
from ccsync.sink import Finding
from ccsync.snapshot import FetchedDay
from ccsync.source import DayRequest, Source, WrongClockError
from ccsync.source.advice import prospects
from ccsync.source.clock import WRONG
from ccsync.source.exchange import SCOPE
from ccsync.source.federation import Federation

MOST_DAYS = 5
"""So many days back is looked for one with rows: a long weekend, and one more."""

_SUBSCRIPTIONS = (
    "People who use Claude Code with a Claude Enterprise or Team subscription are usually not in "
    "this API"
)

_NO_WAY = (
    "see that this machine reaches source.base_url: is the address right, does it need a proxy "
    "(HTTPS_PROXY, NO_PROXY), does a firewall stand in between?"
)
_SOMETHING_ELSE = (
    "set source.base_url to the address of the API; if it is right, a proxy answers instead: look "
    "at HTTPS_PROXY and NO_PROXY"
)
_LIMITED = "wait a minute: whoever else asks this API for the organization uses up the same limit"
_TROUBLE = "wait: the API is there, and has trouble of its own"

_SATURDAY = 5
_PEOPLE = "user_actor"
_KEYS = "api_actor"


class Probe:
    """Asks the API a few things, and says what it heard."""

    def __init__(
        self, source: Source, runtime: Runtime, *, variable: str, hurried: str = ""
    ) -> None:
        """Take the source.

        Args:
            source: to be asked.
            runtime: clock.
            variable: how the settings write the credential, if they take it from a variable.
            hurried: says how much less patient the source is than in a run; "" if it is not.
        """
        self._source = source
        self._runtime = runtime
        self._variable = variable
        self._hurried = hurried
        self.source_id: str | None = None
        """The organization, once a day was fetched."""
        self.newest: FetchedDay | None = None
        """The newest day with rows, once it was found."""
        self._away: SourceUnavailable | None = None
        self._has_looked = False

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Give what was found, and what it is about."""
        try:
            yield "key", self._key()
        except SourceUnavailable as error:
            yield "key", Finding("fault", str(error), self._when_away(error))
            return
        except SourceError as error:
            yield "key", Finding("fault", str(error))
            return
        organization = self._organization()
        found = [("data", finding) for finding in self._days()]
        failed = any(finding.level == "fault" for _, finding in found)
        if failed and self._away is not None:
            # The first error says most: later ones only that patience is used up.
            found = [("data", Finding("fault", str(self._away), self._when_away(self._away)))]
        if organization.level == "ok" or not failed:
            yield "organization", organization
        clock = self._clock()
        if clock is not None:
            yield "clock", clock
        yield from found

    def working_day(self) -> FetchedDay | None:
        """Give a day of usual size: the newest with rows, or the Friday before a weekend day.

        None if no day with rows was found. Asks the API at most once more.
        """
        newest = self.newest
        if newest is not None and newest.day.weekday() >= _SATURDAY and not self._has_looked:
            self._has_looked = True
            friday = newest.day - (newest.day.weekday() - _SATURDAY + 1) * DAY
            ((_, fetched),) = self._source.fetch([DayRequest(friday)])
            if not isinstance(fetched, SourceError) and fetched.rows > newest.rows:
                self.newest = fetched
        return self.newest

    def _key(self) -> Finding:
        credential = self._source.credential
        kind = self._source.log_in()
        if credential.federation is not None:
            return federated(credential.federation)
        good, why = prospects(kind, bearer=credential.bearer)
        place = f"{credential.setting} ({self._variable})" if self._variable else credential.setting
        known = f" ({kind.prefix})" if kind.prefix else ""
        holds = f"{place} holds {kind.value}{known}"
        return Finding("ok", f"{holds}: {why}") if good else Finding("warning", holds, why)

    def _organization(self) -> Finding:
        try:
            organization = self._source.organization()
        except SourceError as error:
            self._away = error if isinstance(error, SourceUnavailable) else None
            # A key may be good for the report and not for this; the day decides.
            return Finding("warning", f"the API does not say whose key this is: {error}")
        return Finding("ok", f"the key belongs to {organization.name} ({organization.id})")

    def _clock(self) -> Finding | None:
        """Compare the clocks; None if no answer told the time."""
        clock = self._source.clock
        if clock.ahead is None:
            return None
        if not clock.is_worth_a_word:
            return Finding("ok", clock.difference)
        if abs(clock.ahead) < WRONG:
            return Finding("warning", clock.difference, clock.fix)
        return Finding("fault", clock.difference, clock.fix)

    def _days(self) -> Iterator[Finding]:
        """Look for the newest day with rows, from yesterday back."""
        yesterday = self._runtime.now().date() - DAY
        asked = [DayRequest(yesterday - number * DAY) for number in range(MOST_DAYS)]
        empty: list[dt.date] = []
        for request in asked:
            # One by one: as a rule the first one has rows, and no other need be asked for.
            ((_, fetched),) = self._source.fetch([request])
            if isinstance(fetched, WrongClockError):
                return  # the clock has a finding of its own
            if isinstance(fetched, SourceError):
                away = isinstance(fetched, SourceUnavailable)
                yield Finding("fault", str(fetched), self._when_away(fetched) if away else "")
                return
            self.source_id = fetched.source_id
            if fetched.rows:
                self.newest = fetched
                yield from _one_day(fetched)
                if empty:
                    yield _stale(fetched.day, empty)
                return
            empty.append(fetched.day)
        yield Finding(
            "warning",
            f"no rows at all from {empty[-1]} to {empty[0]}. That is no error: nobody used Claude "
            "Code with this organization's API on these days",
            f"if people did: {_SUBSCRIPTIONS}. Usage of longer ago is brought by `ccsync sync`",
        )

    def _when_away(self, error: SourceError) -> str:
        """Say what helps against this silence."""
        said = str(error)
        if "in the API's place" in said:
            return _SOMETHING_ELSE  # no patience changes that
        if " answered 429" in said:
            advice = _LIMITED
        else:
            advice = _TROUBLE if " answered 5" in said else _NO_WAY
        end = "" if advice.endswith("?") else "."
        return f"{advice}{end} {self._hurried}" if self._hurried else advice


def federated(federation: Federation) -> Finding:
    """Say what a login by workload identity federation gave."""
    settings, login = federation.settings, federation.login
    assert login is not None  # noqa: S101 - only asked after a login
    minutes = federation.seconds_left / 60
    account = f"service account {settings.service_account_id}"
    workspace = f" in workspace {settings.workspace_id}" if settings.workspace_id else ""
    what = (
        f"no key: login by workload identity federation, rule {settings.rule_id}, {account}"
        f"{workspace}, with the identity token in {settings.token_file} ({login.identity}). It "
        f"gave a token with {login.scope or 'a scope that the API does not name'} for another "
        f"{minutes:.0f} minutes"
    )
    if login.is_enough:
        return Finding("ok", what)
    fix = f"set the rule's scope (oauth_scope) to {SCOPE} in the Console under Workload identity"
    return Finding("warning", what, f"{fix}; a person has to do it")


def _stale(newest: dt.date, empty: list[dt.date]) -> Finding:
    days = ", ".join(str(day) for day in reversed(empty))
    what = f"the newest day with rows is {newest}; without rows: {days}"
    if all(day.weekday() >= _SATURDAY for day in empty):
        return Finding("ok", f"{what}, a weekend")
    return Finding(
        "warning",
        what,
        "if people worked then, the API may be late, as happens now and then; `ccsync sync` looks "
        "at the last days again on each run, and --from DAY at older ones",
    )


def _one_day(fetched: FetchedDay) -> Iterator[Finding]:
    rows: Counter[str] = Counter()
    actors: dict[str, set[str]] = defaultdict(set)
    customers: Counter[str] = Counter()
    cost: dict[str, Decimal] = defaultdict(Decimal)
    remote = 0
    for record in fetched.seen_through(Privacy(PrivacySettings())).records():
        rows[record.actor_type] += 1
        actors[record.actor_type].add(record.actor_id)
        customers[record.customer_type or "null"] += 1
        remote += record.is_remote is True
        for usage in record.model_usage:
            cost[usage.currency] += usage.estimated_cost
    parts = [
        f"{fetched.day} holds {fetched.rows:,} rows",
        ", ".join(_counted(kind, len(actors[kind])) for kind, _ in rows.most_common()),
        "customer types: " + ", ".join(f"{kind} {n:,}" for kind, n in customers.most_common()),
        f"remote: {remote:,}",
        "estimated cost: "
        + (
            ", ".join(f"{amount:,.2f} {currency}" for currency, amount in sorted(cost.items()))
            or "none"
        ),
    ]
    yield Finding("ok", "; ".join(parts))
    if not customers["subscription"]:
        only = (
            "every row is of customer type api"
            if set(customers) == {"api"}
            else "no row is of a subscription"
        )
        yield Finding("warning", f"{only}. {_SUBSCRIPTIONS}")


def _counted(kind: str, count: int) -> str:
    word = {_PEOPLE: ("person", "people"), _KEYS: ("API key", "API keys")}.get(kind)
    return f"{count:,} {word[count != 1]} ({kind})" if word else f"{count:,} of {kind}"

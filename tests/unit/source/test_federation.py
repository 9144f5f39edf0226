from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import time

import httpx
import pytest

from ccsync.errors import SettingsError, SourceError, SourceRefused, SourceUnavailable, Stopped
from ccsync.runtime import Stop
from ccsync.simulator import Issuer
from ccsync.source import DayRequest, Source
from ccsync.source.answers import NoAnswerError
from ccsync.source.exchange import DeniedError
from ccsync.source.federation import Federation
from ccsync.source.kind import KeyKind

from .fake_api import DAY, bad
from .login import Scene

LIFETIME = 3600.0
DAYS = [DAY - dt.timedelta(days=count) for count in range(8)]


def fetch(source: Source, *days: dt.date) -> list[SourceError | None]:
    requests = [DayRequest(day) for day in days or (DAY,)]
    return [one if isinstance(one, SourceError) else None for _, one in source.fetch(requests)]


def failed(source: Source) -> SourceError:
    (error,) = fetch(source)
    assert error is not None
    return error


# --- when a login is made ------------------------------------------------------------------------


def test_one_login_serves_as_long_as_it_is_good(scene: Scene) -> None:
    login = scene.federation()
    assert scene.logins == []
    first = login.token()
    for _ in range(5):
        scene.runtime.advance((LIFETIME - 121) / 5)
        assert login.token() == first
    assert len(scene.logins) == 1
    assert scene.background == []
    assert login.seconds_left == pytest.approx(121)


def test_it_is_renewed_ahead_of_its_end_beside_the_requests(scene: Scene) -> None:
    login = scene.federation()
    first = login.token()
    scene.runtime.advance(LIFETIME - 120)
    scene.put(scene.issuer.token())
    assert login.token() == first, "nobody waits"
    assert login.token() == first
    assert len(scene.logins) == 1
    assert scene.work_behind() == 1, "and only one login is made"
    second = login.token()
    assert second != first
    assert scene.exchange.granted == 2
    assert login.seconds_left == LIFETIME


def test_late_requests_wait_for_the_next_one(scene: Scene) -> None:
    login = scene.federation()
    first = login.token()
    scene.runtime.advance(LIFETIME - 30)
    scene.put(scene.issuer.token())
    assert login.token() != first
    assert len(scene.logins) == 2
    assert scene.background == []


def test_a_short_life_is_used_too(scene: Scene) -> None:
    """The shortest life is 60 s: at half of it the next login is made, not all the time."""
    scene.put(scene.issuer.token(lifetime=-20))
    login = scene.federation()
    first = login.token()
    assert login.seconds_left == 60
    scene.put(scene.issuer.token())
    scene.runtime.advance(29)
    assert login.token() == first
    assert scene.background == []
    scene.runtime.advance(1)
    assert login.token() == first
    assert scene.work_behind() == 1
    assert login.token() != first


def test_a_failed_renewal_harms_nobody_and_is_not_repeated_at_once(scene: Scene) -> None:
    login = scene.federation()
    first = login.token()
    scene.runtime.advance(LIFETIME - 120)
    scene.put(scene.issuer.token())
    for pause, reply in ((10, bad(503)), (25, bad(429, retry_after="25")), (10, bad(401))):
        scene.replies = [reply]
        assert login.token() == first
        assert scene.work_behind() == 1
        scene.runtime.advance(pause - 1)
        assert login.token() == first
        assert scene.work_behind() == 0
        scene.runtime.advance(1)
    assert scene.runtime.pauses == [], "nothing waits in the background"
    assert login.token() == first
    assert scene.work_behind() == 1
    assert login.token() != first


def test_who_needs_a_token_does_not_hear_what_failed_in_the_background(scene: Scene) -> None:
    login = scene.federation()
    first = login.token()
    scene.runtime.advance(LIFETIME - 100)
    scene.put(scene.issuer.token())
    login.token()
    scene.runtime.advance(75)
    scene.replies = [bad(503)]
    behind = threading.Thread(target=scene.work_behind)
    behind.start()
    second = login.token()
    behind.join(5)
    assert second != first


def test_no_thread_can_be_had(scene: Scene) -> None:
    def none_left(_: object) -> None:
        raise RuntimeError("can't start new thread")

    login = Federation(scene.ids, scene.sender(), scene.runtime, patience=600, background=none_left)
    first = login.token()
    scene.runtime.advance(LIFETIME - 100)
    scene.put(scene.issuer.token())
    assert login.token() == first
    scene.runtime.advance(70)
    assert login.token() != first


def test_the_background_is_a_thread_that_ends(scene: Scene) -> None:
    login = Federation(scene.ids, scene.sender(), scene.runtime, patience=600)
    first = login.token()
    scene.runtime.advance(LIFETIME - 100)
    scene.put(scene.issuer.token())
    entered, proceed = threading.Event(), threading.Event()

    def slow(_: httpx.Request) -> httpx.Response:
        entered.set()
        assert proceed.wait(5)
        return bad(503)

    scene.replies = [slow]
    assert login.token() == first
    assert entered.wait(5), "it is at work"
    assert login.token() == first, "and nobody waits for it"
    proceed.set()
    login.close()
    assert not [one for one in threading.enumerate() if one.name == "login"]
    scene.runtime.advance(20)
    assert login.token() == first
    assert len(scene.logins) == 2, "nothing begins after close"


# --- several at once -----------------------------------------------------------------------------


def test_many_fetches_share_one_login(scene: Scene) -> None:
    source = scene.source(concurrency=8)
    assert fetch(source, *DAYS) == [None] * len(DAYS)
    assert len(scene.logins) == 1
    assert len(set(scene.admitted)) == 1
    assert len(scene.admitted) == len(DAYS)
    source.close()


class _Seen(Stop):
    """Knows which threads looked whether to stop: whoever sends, and whoever waits."""

    def __init__(self) -> None:
        super().__init__()
        self.by: set[int] = set()

    def check(self) -> None:
        self.by.add(threading.get_ident())
        super().check()


class _Together:
    """Lets so many threads ask for a token while the login is made."""

    def __init__(self, scene: Scene, reply: httpx.Response | None) -> None:
        self.entered, self.proceed = threading.Event(), threading.Event()
        self.login = scene.federation()
        self.outcomes: list[str | BaseException] = []
        self._reply = reply
        self._scene = scene
        self._seen = scene.runtime.stop = _Seen()
        scene.replies = [self._slow]
        self.threads = [threading.Thread(target=self._ask) for _ in range(6)]

    def run(self) -> list[str | BaseException]:
        for thread in self.threads:
            thread.start()
        assert self.entered.wait(5)
        ends = time.monotonic() + 5
        while len(self._seen.by) < len(self.threads) and time.monotonic() < ends:
            time.sleep(0.01)
        self.proceed.set()
        for thread in self.threads:
            thread.join(5)
        return self.outcomes

    def _ask(self) -> None:
        try:
            self.outcomes.append(self.login.token())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.outcomes.append(error)

    def _slow(self, request: httpx.Request) -> httpx.Response:
        self.entered.set()
        assert self.proceed.wait(5)
        return self._scene.exchanged(request) if self._reply is None else self._reply


def test_whoever_comes_during_a_login_waits_for_it(scene: Scene) -> None:
    outcomes = _Together(scene, None).run()
    assert len(outcomes) == 6
    assert len(set(outcomes)) == 1
    assert len(scene.logins) == 1


def test_a_failure_is_shared_as_copies(scene: Scene) -> None:
    outcomes = _Together(scene, bad(429, retry_after="9")).run()
    assert len({id(one) for one in outcomes}) == 6
    for one in outcomes:
        assert isinstance(one, NoAnswerError)
        assert "answered 429" in str(one)
        assert one.retry_after == 9
    assert len(scene.logins) == 1


def test_a_stop_ends_the_waiting(scene: Scene) -> None:
    together = _Together(scene, None)
    holder = together.threads[0]
    holder.start()
    assert together.entered.wait(5)
    scene.runtime.stop.request(15)
    with pytest.raises(Stopped):
        together.login.token()
    together.proceed.set()
    holder.join(5)


# --- what the API refuses ------------------------------------------------------------------------


def test_a_token_that_was_revoked_is_replaced_once(scene: Scene) -> None:
    source = scene.source()
    assert fetch(source) == [None]
    scene.exchange.revoke()
    assert fetch(source) == [None]
    assert len(scene.logins) == 2


def test_tokens_that_are_refused_every_time_are_not_asked_for_again_and_again(
    scene: Scene,
) -> None:
    scene.api.script(bad(401))
    source = scene.source()
    error = failed(source)
    assert isinstance(error, SourceRefused)
    assert "refuses the token that it gave for the login of source.federation" in str(error)
    assert len(scene.logins) == 2
    failed(source)
    failed(source)
    assert len(scene.logins) == 2, "not within the same minute"
    scene.runtime.advance(60)
    failed(source)
    assert len(scene.logins) == 3
    assert scene.runtime.pauses == []


def test_two_fetches_with_the_same_refused_token_make_one_login(scene: Scene) -> None:
    login = scene.federation()
    first = login.token()
    assert login.renewed(first)
    assert login.renewed(first), "another one is there already"
    assert len(scene.logins) == 2
    assert not login.renewed(login.token())


def test_a_rule_without_the_scope(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.exchange.rule = dataclasses.replace(scene.exchange.rule, scope="user:inference")
    error = failed(scene.source())
    assert isinstance(error, SourceRefused)
    assert "answered 403" in str(error)
    assert "the rule's scope (oauth_scope) has to be org:admin" in str(error)
    assert "(organization_role) admin" in str(error)
    assert len(scene.logins) == 1
    assert "the rule gives user:inference, needed is org:admin" in capsys.readouterr().out


def test_a_denied_login_is_tried_once_more(scene: Scene) -> None:
    source = scene.source()
    scene.put(scene.issuer.token("system:serviceaccount:other:other"))
    error = failed(source)
    assert isinstance(error, DeniedError)
    assert len(scene.logins) == 2
    assert scene.runtime.pauses == [30]
    outcomes = fetch(source, *DAYS[:3])
    assert all(isinstance(one, DeniedError) for one in outcomes)
    assert len(scene.logins) == 4, "the days after the first do not even ask"


def test_keys_that_were_rotated_are_waited_for(scene: Scene) -> None:
    scene.issuer.rotate()
    scene.put(scene.issuer.token())

    def learns(request: httpx.Request) -> httpx.Response:
        answer = scene.exchanged(request)
        scene.exchange.jwks = scene.issuer.jwks()
        return answer

    scene.replies = [learns]
    assert fetch(scene.source()) == [None]
    assert scene.runtime.pauses == [30]
    assert [one.granted for one in scene.exchange.history] == [False, True]


def test_the_second_try_reads_the_file_again(scene: Scene) -> None:
    stranger = Issuer(now=scene.runtime.now)
    scene.put(stranger.token())

    def mounted(request: httpx.Request) -> httpx.Response:
        answer = scene.exchanged(request)
        scene.put(scene.issuer.token())
        return answer

    scene.replies = [mounted]
    assert fetch(scene.source()) == [None]


def test_what_is_certainly_wrong_is_told_at_once(scene: Scene) -> None:
    scene.put(scene.issuer.token(lifetime=-3600))
    error = failed(scene.source())
    assert "The identity token expired" in str(error)
    assert scene.runtime.pauses == []
    assert len(scene.logins) == 1


@pytest.mark.parametrize(("patience", "pause"), [(600, 30), (60, 15), (10, 2.5)])
def test_who_has_little_patience_waits_less(scene: Scene, patience: float, pause: float) -> None:
    scene.put(scene.issuer.token("another"))
    with pytest.raises(DeniedError):
        scene.federation(patience=patience).token()
    assert scene.runtime.pauses == [pause]


def test_the_second_try_keeps_to_the_end_of_the_run(scene: Scene) -> None:
    scene.put(scene.issuer.token("another"))
    sender = scene.sender()
    sender.deadline = scene.runtime.monotonic() + 29
    with pytest.raises(DeniedError):
        Federation(scene.ids, sender, scene.runtime, patience=600).token()
    assert scene.runtime.pauses == []
    assert len(scene.logins) == 1


# --- when the API is away ------------------------------------------------------------------------


def test_a_login_gets_the_patience_of_the_source(scene: Scene) -> None:
    scene.replies = [bad(503), bad(429, retry_after="5"), httpx.ReadTimeout(""), bad(529)]
    source = scene.source()
    assert fetch(source) == [None]
    assert len(scene.logins) == 5
    assert source.stats.retries == 4
    assert 5 in scene.runtime.pauses


def test_and_no_more_than_that(scene: Scene) -> None:
    scene.replies = [lambda _: bad(503)] * 500
    source = scene.source(retry_deadline=60.0)
    error = failed(source)
    assert isinstance(error, SourceUnavailable)
    assert "login by workload identity federation: api.example answered 503" in str(error)
    assert "(retry_deadline) is used up" in str(error)
    tries = len(scene.logins)
    failed(source)
    assert len(scene.logins) == tries + 1, "who used up a patience gets a single try"


def test_the_source_logs_in_on_its_own(scene: Scene) -> None:
    source = scene.source()
    scene.replies = [bad(503)]
    assert source.log_in() is KeyKind.FEDERATED
    assert len(scene.logins) == 2


# --- where it is sent ----------------------------------------------------------------------------


def test_plain_http_to_elsewhere_is_refused(scene: Scene) -> None:
    with pytest.raises(SettingsError, match=r"plain http to api\.example would show the key"):
        scene.source(base_url="http://api.example")
    assert scene.logins == []
    assert fetch(scene.source(base_url="http://127.0.0.1:1")) == [None]


def test_the_key_shows_nowhere(scene: Scene) -> None:
    login = scene.federation()
    token = login.token()
    shown = repr(login) + repr(vars(login)) + repr(login.login) + repr(login.settings)
    assert token not in shown
    assert scene.file.read_text() not in shown

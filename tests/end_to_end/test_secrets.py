"""No secret in any output, file or list of processes, whatever goes wrong."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator, effects
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OLDER, OPEN, WEEK
from tests.end_to_end.truth import a_row
from tests.end_to_end.watching import BEARER, HASH_KEY, HEADER, KEY, Watched, put_secrets
from tests.support.command import Place


@pytest.fixture
def watched(place: Place) -> Iterator[Watched]:
    put_secrets(place)
    organization = ScriptedOrganization({day: [a_row(day)] for day in WEEK})
    with Simulator(organization, now=place.clock, keys=(KEY,), tokens=(BEARER,)) as api:
        made = Watched(place, api)
        made.configure()
        yield made
        made.assert_clean()


def test_a_sink_that_tells_its_secret_wherever_it_can(watched: Watched) -> None:
    done = watched.sync()
    assert done.exit == 1, done
    assert set(watched.place.ledger.sinks["leaky"]) <= set(WEEK)
    for event in ("sink.bug", "sink.close_failed", "leaky.sends"):
        assert done.named(event), f"{event} is what this test is about"
    assert "Traceback" in done.named("sink.bug")[0]["exception"]
    status = watched.run("status", "--json")
    assert "refused: " in status.stdout
    assert "too old for" in status.stdout
    watched.run("status")
    assert watched.run("check").exit == 3
    watched.run("verify")
    watched.configure(sink={"where": "open"})
    assert watched.sync().exit == 3


@pytest.mark.parametrize("kind", ["variable", "setting", "file", "bearer", "bearer file"])
def test_wherever_the_key_comes_from(watched: Watched, kind: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "token").write_text(f"{BEARER}\n")
    sources = {
        "variable": {"api_key": "${ANTHROPIC_ADMIN_KEY}"},
        "setting": {"api_key": KEY},
        "file": {"api_key_file": str(tmp_path / "key")},
        "bearer": {"bearer_token": "${BEARER}"},
        "bearer file": {"bearer_token_file": str(tmp_path / "token")},
    }
    watched.configure(sources[kind])
    secret = BEARER if "bearer" in kind else KEY
    show = watched.run("config", "show")
    assert show.exit == 0, show
    echo = f"the key {secret} (authorization: Bearer {secret}, x-api-key: {secret})"
    for effect, day in (
        (effects.status(500, message=echo), OLDER),
        (effects.mutated(lambda _: f"<html>{echo}</html>".encode()), OLD),
        (effects.mutated(lambda body: body.replace(b'"date"', f'"{echo}"'.encode())), MIDDLE),
        (effects.truncated(), OPEN),
        (effects.reset(), NEWEST),
    ):
        watched.api.faults.add(effect, day=day, times=None)
    watched.place.from_file = True  # whoever lists the processes sees the command itself
    done = watched.sync()
    watched.place.from_file = False
    assert len(done.days("failed") + done.days("refused")) == 5, done
    (processes,) = [one for name, one in watched.seen.items() if "sync" in name and "proc" in name]
    assert b"ccsync --log-level debug sync" in processes
    # The other commands and refusals see the key alike, wherever it came from.
    for code in {"variable": (401, 403), "bearer file": (401,)}.get(kind, ()):
        watched.api.faults.clear()
        watched.api.faults.add(effects.status(code, message=echo), path=None, times=None)
        assert watched.sync().exit == 3
        watched.run("check")
        watched.run("verify")


def test_refusals_redirections_and_nobody_there(watched: Watched) -> None:
    with Simulator(ScriptedOrganization(), keys=("another",)) as other:
        watched.configure({"api_key": KEY, "base_url": other.base_url})
        assert watched.sync().exit == 3
    assert watched.sync().exit == 5, "nobody is there any more"
    watched.configure()
    elsewhere = f"http://127.0.0.1:1/{urllib.parse.quote(KEY, safe='')}"
    watched.api.faults.add(effects.redirect(elsewhere), times=None)
    assert watched.sync().exit in {3, 5}
    watched.api.faults.clear()
    watched.api.faults.add(effects.rate_limited(60), times=None)
    assert watched.sync().exit == 5


GOOD = f"""\
version: 1
source:
  api_key: {KEY}
  base_url: BASE
privacy: {{identity: hash, hash_key: "{HASH_KEY}"}}
state: none
sinks:
  leaky: {{type: leaky, headers: {{x-odd-name: "{HEADER}"}}}}
"""


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (f"api_key: {KEY}", f"api_key: {KEY}: more"),
        (f"api_key: {KEY}", f"api_key: [{KEY}"),
        (f"api_key: {KEY}", f"api_key: [{KEY}]"),
        (f"api_key: {KEY}", f"api_key: {{value: {KEY}}}"),
        (f"api_key: {KEY}", f"api_key: '{KEY}"),
        (f"api_key: {KEY}", f"\tapi_key: {KEY}"),
        (f"api_key: {KEY}", f"api_key: ${{{KEY}"),
        (f"api_key: {KEY}", f"api_key: {KEY}\n  api_key: {KEY}"),
        (f"api_key: {KEY}", f"api_key: {KEY}\n  bearer_token: {BEARER}"),
        (f"api_key: {KEY}", f"api_key: {KEY}\n  page_size: many"),
        (f"api_key: {KEY}", f"api_keyy: {KEY}"),
        (f"api_key: {KEY}", f"{KEY}"),
        (f"api_key: {KEY}", f"api_key: !secret {KEY}"),
        (f"api_key: {KEY}", f"api_key: *{KEY}"),
        (f"api_key: {KEY}", "page_size: ${ANTHROPIC_ADMIN_KEY}"),
        (f"api_key: {KEY}", "api_key_file: ${ANTHROPIC_ADMIN_KEY}"),
        ("base_url: BASE", f"base_url: https://me:{KEY}@host.example"),
        (f'hash_key: "{HASH_KEY}"', 'hash_key: "Zq7Recognisable"'),
        (f'hash_key: "{HASH_KEY}"', f'hash_kee: "{HASH_KEY}"'),
        (f'headers: {{x-odd-name: "{HEADER}"}}', f'headers: "{HEADER}"'),
        (f'headers: {{x-odd-name: "{HEADER}"}}', f'headers: {{x-odd-name: ["{HEADER}"]}}'),
        ("type: leaky", "type: leeky"),
    ],
)
def test_settings_that_cannot_be_used(watched: Watched, good: str, bad: str) -> None:
    assert good in GOOD
    text = GOOD.replace(good, bad).replace("BASE", watched.api.base_url)
    watched.place.write(text)
    done = watched.run("config", "validate")
    assert "Traceback" not in done.stderr
    if done.exit == 0:
        done = watched.sync()
    assert done.exit in {2, 3}, done


def test_a_key_file_that_holds_no_key(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "key"
    for content in (f"{KEY}\n{KEY}\n", f"key={KEY}", f"{KEY}\u00e4", f"{KEY}\0", f"Bearer {KEY}"):
        path.write_text(content)
        watched.configure({"api_key_file": str(path)})
        done = watched.sync("--from", str(NEWEST))
        assert done.exit in {2, 3}, done

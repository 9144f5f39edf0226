"""No secret in any output, file or list of processes, whatever goes wrong."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ccsync.simulator import Request, ScriptedOrganization, Simulator, effects
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OLDER, OPEN, WEEK
from tests.end_to_end.truth import a_row
from tests.support.command import Done, Place

# None looks like a key of any known kind: only knowing the value helps.
KEY = "Zq7Recognisable-key/0+1=="
BEARER = "Zq7Recognisable.bearer.token"
HASH_KEY = "Zq7Recognisable hash key"
HEADER = "Zq7Recognisable:header"
SECRETS = (KEY, BEARER, HASH_KEY, HEADER)


def forms(secret: str) -> Iterator[bytes]:
    yield secret.encode()
    yield urllib.parse.quote(secret, safe="").encode()
    yield base64.b64encode(secret.encode())


@dataclass
class Watched:
    """Runs commands, and keeps all that anybody could see of them."""

    place: Place
    api: Simulator
    seen: dict[str, bytes] = field(default_factory=dict[str, bytes])
    number: int = 0

    def run(self, *arguments: str) -> Done:
        self.number += 1
        name = f"{self.number}: {' '.join(arguments)}"
        self.seen[f"{name}: processes"] = b""
        self.api.on_request = partial(self._look, name)
        done = self.place.run("--log-level", "debug", *arguments)
        self.seen[f"{name}: stdout"] = done.stdout.encode()
        self.seen[f"{name}: stderr"] = done.stderr.encode()
        return done

    def sync(self, *arguments: str) -> Done:
        report = self.place.directory / f"report-{self.number}.json"
        done = self.run("sync", "--report", str(report), *arguments)
        if report.exists():
            self.seen[f"{self.number}: report"] = report.read_bytes()
        return done

    def configure(
        self, source: dict[str, Any] | None = None, sink: dict[str, Any] | None = None
    ) -> None:
        """Write settings with every secret in them; the key comes as `source` says."""
        self.place.configure(
            self.api.base_url,
            {
                "leaky": {
                    "type": "leaky",
                    "retry_deadline": "1s",
                    **(sink or {}),
                    "headers": {"x-odd-name": "${HEADER}"},
                }
            },
            source={"retry_deadline": "1s", **(source or {})},
            privacy={"identity": "hash", "hash_key": "${HASH_KEY}"},
        )
        if source and "api_key" not in source:
            text = self.place.settings_file.read_text()
            self.place.write(text.replace("  api_key: ${ANTHROPIC_ADMIN_KEY}\n", ""))

    def assert_clean(self) -> None:
        """Check everything that was seen, and all that lies in the state."""
        files = {str(path): path.read_bytes() for path in self.place.state_files()}
        for where, content in {**self.seen, **files}.items():
            for secret in SECRETS:
                for form in forms(secret):
                    assert form not in content, f"{where} holds {secret!r}:\n{content.decode()}"
            assert b"Zq7Recognisable" not in content, f"{where} holds a part:\n{content.decode()}"

    def _look(self, name: str, _request: Request) -> None:
        """Read the arguments of every process there is, once per command."""
        if self.seen[f"{name}: processes"]:
            return
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    arguments = (process / "cmdline").read_bytes()
                except OSError:
                    continue
                self.seen[f"{name}: processes"] += arguments.replace(b"\0", b" ") + b"\n"


@pytest.fixture
def watched(place: Place, tmp_path: Path) -> Iterator[Watched]:
    offers = tmp_path / "offers" / "ccsync_leaky-1.0.dist-info"
    offers.mkdir(parents=True)
    (offers / "METADATA").write_text("Metadata-Version: 2.1\nName: ccsync-leaky\nVersion: 1.0\n")
    (offers / "entry_points.txt").write_text("[ccsync.sinks]\nleaky = ccsync_leaky:PLUGIN\n")
    place.plugins = (*place.plugins, offers.parent)
    place.environment = {
        "ANTHROPIC_ADMIN_KEY": KEY, "BEARER": BEARER, "HASH_KEY": HASH_KEY, "HEADER": HEADER,
    }  # fmt: skip
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
    done = watched.sync()
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

"""Ten mistakes of a newcomer: each is told with its cause and its remedy, and nothing else.

What is pinned: the exit code, that no traceback and no secret appears, and the words that name the
cause and the remedy. Paths are such that they also fail for root.
"""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Generator

import pytest

from ccsync.simulator import SIMULATED_KEY
from tests.end_to_end.scene import Scene
from tests.support.command import DAY, TODAY, Done

KEY = "ANTHROPIC_ADMIN_KEY"
ADMIN = "sk-ant-admin01-0000000000-hidden-part"
WORKSPACE = "sk-ant-api03-0000000000-hidden-part"
WHERE_KEYS_ARE_MADE = "Settings > Admin keys"


def assert_told(done: Done, exit_code: int, *parts: str) -> None:
    """Check a message: its exit code, its words, and that it shows neither code nor secrets."""
    said = done.stdout + done.stderr
    assert done.exit == exit_code, done
    assert "Traceback" not in said
    assert "hidden-part" not in said
    assert SIMULATED_KEY not in said
    for part in parts:
        assert part in said, done


class _WebPage(http.server.BaseHTTPRequestHandler):
    """A proxy that answers everything with a page for people."""

    status = 200

    def do_GET(self) -> None:
        """Answer."""
        body = b"<html><body>Please log in to the network</body></html>"
        self.send_response(self.status)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    do_CONNECT = do_GET  # noqa: N815 - the base class looks for it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
        """Keep quiet."""


class _Refusing(_WebPage):
    status = 403


@pytest.fixture(params=[_WebPage])
def web_page(request: pytest.FixtureRequest) -> Generator[str]:
    """Give the address of something on loopback that answers with web pages."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), request.param)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("command", ["check", "sync", "verify"])
def test_no_key(scene: Scene, command: str) -> None:
    del scene.place.environment[KEY]
    done = scene.place.run(command)
    assert_told(done, 2, "ccsync.yaml:4:12: source.api_key", f"{KEY} is not set; export it")
    assert_told(done, 2, WHERE_KEYS_ARE_MADE)


def test_no_key_under_this_name(scene: Scene) -> None:
    scene.place.environment = {"ANTHROPIC_ADMIN_API_KEY": ADMIN}
    assert_told(
        scene.sync(), 2, f"{KEY} is not set, but ANTHROPIC_ADMIN_API_KEY holds a key: write "
        "${ANTHROPIC_ADMIN_API_KEY} here",
    )  # fmt: skip


def test_an_empty_variable(scene: Scene) -> None:
    scene.place.environment[KEY] = ""
    assert_told(scene.sync(), 2, f"{KEY} is empty; export it", WHERE_KEYS_ARE_MADE)


def test_a_variable_with_a_blank_in_it(scene: Scene) -> None:
    scene.place.environment[KEY] = "   "
    assert_told(scene.sync(), 2, "source.api_key", "is empty")


@pytest.mark.parametrize("command", ["check", "sync"])
def test_a_wrong_key(scene: Scene, command: str) -> None:
    scene.place.environment[KEY] = ADMIN
    done = scene.place.run(command)
    assert_told(
        done, 3, "answered 401", "is wrong, revoked or expired: make a new one", WHERE_KEYS_ARE_MADE
    )


@pytest.mark.parametrize("command", ["check", "sync"])
def test_a_key_of_a_workspace(scene: Scene, command: str) -> None:
    scene.place.environment[KEY] = WORKSPACE
    done = scene.place.run(command)
    assert_told(done, 3, "answered 403", "bound to a workspace do not work", WHERE_KEYS_ARE_MADE)


def test_a_misspelt_setting(scene: Scene) -> None:
    scene.configure(source={"page_siez": 10})
    assert_told(
        scene.sync(), 2, "source.page_siez: no such setting; did you mean 'page_size'?",
        "ccsync.yaml:",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "cause", "remedy"),
    [
        (["2026-13-01"], "month must be in 1..12", "written YYYY-MM-DD"),
        (["22.11.2026"], "is not a day", "did you mean 2026-11-22?"),
        (["31.02.2026"], "is not a day", "e.g. 2026-01-31"),
        ([str(TODAY + 30 * DAY)], "is in the future: by the clock", f"to ask for is {TODAY - DAY}"),
        (
            ["2026-11-19", "--to", "2026-11-17"],
            "lies after",
            "did you mean --from 2026-11-17 --to 2026-11-19?",
        ),
    ],
)
def test_a_wrong_date(scene: Scene, days: list[str], cause: str, remedy: str) -> None:
    assert_told(scene.sync("--from", *days), 2, cause, remedy)
    assert not scene.place.state.exists()


@pytest.mark.parametrize("command", ["check", "sync"])
def test_a_state_that_cannot_be_made(scene: Scene, command: str) -> None:
    (scene.place.directory / "file").touch()
    scene.configure(state=f"file://{scene.place.directory}/file/state")
    done = scene.place.run(command)
    assert_told(done, 3, "file is a file, and state: needs a directory", "Name another one")


def test_a_state_where_nothing_can_be_written(scene: Scene) -> None:
    scene.configure(state="file:///proc/ccsync")
    assert_told(scene.sync(), 3, "the state at file:///proc/ccsync cannot be used", "Set state: to")


@pytest.mark.parametrize("path", ["file/report.json", "/proc/report.json"])
def test_a_report_that_cannot_be_written(scene: Scene, path: str) -> None:
    (scene.place.directory / "file").touch()
    done = scene.sync("--report", path)
    assert_told(done, 2, f"--report {path}: cannot be written: ", "this user may write to")
    assert not scene.place.state.exists(), "it is told before the run, not after it"


@pytest.mark.parametrize("path", ["file/ccsync.yaml", "/proc/ccsync.yaml"])
def test_settings_that_cannot_be_written(scene: Scene, path: str) -> None:
    (scene.place.directory / "file").touch()
    done = scene.place.run("init", "--output", path)
    assert_told(done, 2, f"{path}: cannot be written: ", "name a file with --output")


@pytest.mark.parametrize("command", ["check", "sync"])
def test_a_web_page_where_the_api_should_be(scene: Scene, command: str, web_page: str) -> None:
    scene.configure(source={"base_url": f"http://{web_page}", "retry_deadline": "0.3s"})
    done = scene.place.run(command)
    assert_told(
        done, 3 if command == "check" else 5, "answered 200 with a web page",
        "A proxy, or a wrong source.base_url, is answering in the API's place",
    )  # fmt: skip


def test_a_proxy_is_not_used_for_this_machine(scene: Scene, web_page: str) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        scene.place.environment[name] = f"http://{web_page}"
    assert scene.place.run("check").exit == 0


@pytest.mark.parametrize("command", ["check", "sync"])
@pytest.mark.parametrize(
    ("web_page", "exit_of_sync", "said"),
    [
        (_WebPage, 5, "The proxy did not make the connection: is its address right"),
        (_Refusing, 3, "the proxy answered 403 Forbidden. It does not let the connection through"),
    ],
    indirect=["web_page"],
)
def test_a_proxy_that_answers_with_a_web_page(
    scene: Scene, command: str, web_page: str, exit_of_sync: int, said: str
) -> None:
    # Reserved for documentation: no such host, and only the proxy is asked for it.
    scene.configure(source={"base_url": "https://api.example", "retry_deadline": "0.3s"})
    scene.place.environment["HTTPS_PROXY"] = f"http://me:hidden-part@{web_page}"
    done = scene.place.run(command)
    assert_told(
        done, 3 if command == "check" else exit_of_sync,
        f"no answer from api.example through the proxy {web_page} (HTTPS_PROXY)", said,
        "Look at HTTPS_PROXY, and at NO_PROXY",
    )  # fmt: skip


@pytest.mark.parametrize("command", ["check", "sync"])
@pytest.mark.parametrize(
    ("days", "said"), [(-730.5, "2 years behind the API's"), (2, "2 days ahead of the API's")]
)
def test_a_clock_that_is_wrong(scene: Scene, command: str, days: float, said: str) -> None:
    # Of the command only: the simulated API keeps the time of the place it was made with.
    right = scene.place.clock.shift
    scene.place.environment["CCSYNC_TEST_SHIFT"] = repr(right.total_seconds() + days * 86400)
    done = scene.place.run(command)
    assert_told(done, 3, f"the clock of this machine is {said}", "time synchronization (NTP)")
    assert said.split()[0] in done.stdout + done.stderr
    if command == "sync":
        assert scene.place.ledger.start is None, "it was counted by a wrong clock"
        assert scene.place.ledger.sinks == {}
        del scene.place.environment["CCSYNC_TEST_SHIFT"]
        assert scene.sync().exit == 0
        scene.assert_true()


def test_a_clock_that_is_a_little_wrong(scene: Scene) -> None:
    right = scene.place.clock.shift
    scene.place.environment["CCSYNC_TEST_SHIFT"] = repr(right.total_seconds() - 1200)
    done = scene.sync()
    assert_told(done, 0)
    (warning,) = done.named("clock.wrong")
    assert "20 minutes behind the API's" in warning["reason"]


def test_a_port_that_is_in_use(scene: Scene) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = scene.place.run("simulate", "--port", str(port))
    assert_told(done, 2, f"port {port} on 127.0.0.1 is in use", "choose another with --port")

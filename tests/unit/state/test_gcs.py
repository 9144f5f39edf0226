"""`gs://`: what Cloud Storage answers becomes the error that says the reaction; logins."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.credentials import Credentials

from ccsync.adc import Adc, Login, LoginError, LoginRefused, LoginUnavailable
from ccsync.errors import SettingsError, StateRefused, StateUnavailable
from ccsync.state import gcs_answers
from ccsync.state.gcs import GcsBucket, address_of, open_store
from ccsync.state.objects import BUSY_PATIENCE, ObjectStore, Place
from ccsync.testing import FakeRuntime
from ccsync.testing.gcs import Fault, GcsDouble
from tests.support.answering import Said, as_json, serving
from tests.support.certificates import make_certificate

PLACE = Place("gs", "state", "pre")
TOKEN = "a-token-of-nobody"  # noqa: S105


class TokenAdc(Adc):
    """Logged in by a token; before, as many errors are raised as were given."""

    def __init__(self, token: str = TOKEN, *errors: Exception) -> None:
        super().__init__()
        self.token, self.errors = token, list(errors)

    @property
    def account(self) -> str:
        return GcsDouble.account

    def error_of(self, error: GoogleAuthError) -> LoginError:
        return LoginRefused(f"no token by the key file /key.json: {error}")

    def login(self) -> Login:
        if self.errors:
            raise self.errors.pop(0)
        return Login(Credentials(self.token), "other", "a token")  # type: ignore[no-untyped-call]


@pytest.fixture
def storage() -> Iterator[GcsDouble]:
    with GcsDouble() as storage:
        yield storage


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def store(storage: GcsDouble, runtime: FakeRuntime) -> Iterator[ObjectStore]:
    store = ObjectStore(GcsBucket(PLACE, storage.address, TokenAdc()), runtime=runtime)
    yield store
    store.close()


def refusal_of(store: ObjectStore, *, reading: bool = False) -> str:
    with pytest.raises(StateRefused) as caught:
        store.load() if reading else store.save(b"1", "")
    return str(caught.value)


def answered(said: Said, *, reading: bool = True) -> Exception:
    with serving(said) as server:
        bucket = GcsBucket(PLACE, server.url, None)
        with pytest.raises((StateRefused, StateUnavailable)) as caught:
            bucket.get("ledger") if reading else bucket.put("ledger", b"1", "")
        bucket.close()
    return caught.value


def test_the_token_is_sent_and_the_agent_named(store: ObjectStore, storage: GcsDouble) -> None:
    storage.token = TOKEN
    store.save(b"1", "")
    headers = storage.calls[-1].headers
    assert headers["user-agent"].startswith("ccsync/")
    assert storage.calls[-1].query["ifGenerationMatch"] == "0"


@pytest.mark.parametrize("reading", [True, False])
def test_a_missing_bucket_is_named(store: ObjectStore, storage: GcsDouble, reading: bool) -> None:
    storage.bucket = None
    said = refusal_of(store, reading=reading)
    assert "the state at gs://state/pre" in said
    assert "there is no bucket state" in said
    assert "gcloud storage buckets create gs://state" in said


@pytest.mark.parametrize(
    ("permission", "reading", "named"),
    [
        ("storage.objects.get", True, "storage.objects.get"),
        ("storage.objects.list", True, "storage.objects.list"),
        ("storage.objects.create", False, "storage.objects.create"),
    ],
)
def test_a_missing_permission_is_named(
    store: ObjectStore, storage: GcsDouble, permission: str, reading: bool, named: str
) -> None:
    storage.denied.add(permission)
    said = refusal_of(store, reading=reading)
    assert named in said
    assert "on the bucket state" in said
    assert f"--member=serviceAccount:{GcsDouble.account} --role=roles/storage.objectUser" in said


def test_replacing_needs_another_permission_which_begin_notices(
    store: ObjectStore, storage: GcsDouble
) -> None:
    store.begin("run-1")
    storage.denied.add("storage.objects.delete")
    with pytest.raises(StateRefused, match=r"storage\.objects\.delete to replace an object"):
        store.begin("run-2")


def test_a_login_that_is_not_accepted(store: ObjectStore, storage: GcsDouble) -> None:
    storage.token = "another"  # noqa: S105
    # google-auth makes a new token at a 401; these credentials cannot.
    said = refusal_of(store)
    assert "gs://state/pre cannot be reached" in said
    assert TOKEN not in said


def test_a_caller_without_a_login(storage: GcsDouble) -> None:
    storage.token = TOKEN
    store = ObjectStore(GcsBucket(PLACE, storage.address, None), runtime=FakeRuntime())
    assert "Google accepts no such login (Google says: Invalid Credentials)" in refusal_of(store)
    store.close()


def test_a_policy_that_says_412_is_no_conflict(store: ObjectStore, storage: GcsDouble) -> None:
    storage.policy = "'us' violates constraint 'constraints/gcp.resourceLocations'"
    assert "gcp.resourceLocations" in refusal_of(store)


def test_a_retention_policy_is_explained() -> None:
    said = as_json(
        {
            "error": {
                "code": 403,
                "message": "Object 'state/pre/ledger' is subject to bucket's retention policy",
                "errors": [{"reason": "retentionPolicyNotMet"}],
            }
        },
        403,
    )
    error = answered(said, reading=False)
    assert isinstance(error, StateRefused)
    assert "the bucket may have no retention policy" in str(error)


@pytest.mark.parametrize("status", [200, 302, 403, 404, 407])
@pytest.mark.parametrize("reading", [True, False])
def test_a_web_page_is_no_answer(status: int, reading: bool) -> None:
    headers = {"Content-Type": "text/html", "Location": "http://127.0.0.1:1/elsewhere"}
    error = answered(Said(status, b"<html>hello</html>", headers), reading=reading)
    assert isinstance(error, StateRefused)
    assert "a web page" in str(error)
    assert "HTTPS_PROXY" in str(error)


@pytest.mark.parametrize(
    "said",
    [
        Said(200, b"content without a generation"),
        Said(200, b"{}"),
        Said(200, b"half of it", {"x-goog-generation": "17"}, ending="half"),
        as_json({"error": {"code": 429, "message": "slow", "errors": [{"reason": "x"}]}}, 429),
        as_json({"error": {"message": "x", "errors": [{"reason": "rateLimitExceeded"}]}}, 403),
        as_json({"error": {"message": "x", "errors": [{"reason": "backendError"}]}}, 503),
        as_json({"error": "odd"}, 500),
        Said(504, b"<html>gateway</html>"),
        Said(ending="reset"),
    ],
)
def test_what_may_go_away_is_unavailable(said: Said) -> None:
    for reading in (True, False):
        assert isinstance(answered(said, reading=reading), StateUnavailable)


@pytest.mark.parametrize("content", [b"", b"nothing", b"[1]", b'{"error": {"errors": []}}'])
def test_a_404_without_googles_words_is_not_an_empty_state(content: bytes) -> None:
    assert isinstance(answered(Said(404, content)), StateRefused)


def test_a_pod_waits_for_its_identity(storage: GcsDouble, runtime: FakeRuntime) -> None:
    storage.token = TOKEN
    adc = TokenAdc(TOKEN, *[LoginUnavailable("there is no metadata server yet")] * 3)
    store = ObjectStore(GcsBucket(PLACE, storage.address, adc), runtime=runtime)
    store.begin("run-1")
    store.close()
    assert len(runtime.pauses) == 3
    assert "pre/begun" in storage.objects


def test_runs_that_replace_one_object_wait_for_their_turn(
    store: ObjectStore, storage: GcsDouble, runtime: FakeRuntime
) -> None:
    """Google takes one replacement a second: of eight runs, seven are told so at any moment."""
    version = store.save(b"{}", "")
    before = runtime.elapsed
    storage.faults += [Fault("throttled", "POST")] * 40
    store.save(b"{ }", version)
    assert len(runtime.pauses) == 40, "not longer and longer ones: the next turn may be ours"
    assert runtime.elapsed - before < BUSY_PATIENCE


def test_the_wait_for_a_turn_has_an_end_while_the_lease_is_ours(
    store: ObjectStore, storage: GcsDouble, runtime: FakeRuntime
) -> None:
    storage.faults += [Fault("throttled", "POST")] * 1000
    before = runtime.elapsed
    with pytest.raises(StateUnavailable, match="exceeded the rate limit"):
        store.save(b"{}", "")
    assert BUSY_PATIENCE - 5 < runtime.elapsed - before <= BUSY_PATIENCE
    assert store.lease_lifetime / 4 + BUSY_PATIENCE < 0.9 * store.lease_lifetime


def test_a_login_that_is_refused_is_not_waited_for(
    storage: GcsDouble, runtime: FakeRuntime
) -> None:
    adc = TokenAdc(TOKEN, LoginRefused("there are no credentials"))
    store = ObjectStore(GcsBucket(PLACE, storage.address, adc), runtime=runtime)
    said = refusal_of(store, reading=True)
    assert said == "the state at gs://state/pre cannot be reached: there are no credentials"
    assert runtime.pauses == []


def test_a_token_that_cannot_be_had_later_is_explained(storage: GcsDouble) -> None:
    class Expired(Credentials):
        def refresh(self, request: object) -> None:
            raise RefreshError("the key was deleted")  # type: ignore[no-untyped-call]

    class ExpiredAdc(TokenAdc):
        def login(self) -> Login:
            return Login(Expired(None), "key", "the key file /key.json")  # type: ignore[no-untyped-call]

    store = ObjectStore(GcsBucket(PLACE, storage.address, ExpiredAdc()), runtime=FakeRuntime())
    assert "the key was deleted" in refusal_of(store)
    store.close()


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "untrusted", "IP:127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with serving(Said(), tls) as server:
        bucket = GcsBucket(PLACE, server.url, None)
        with pytest.raises(StateRefused, match="REQUESTS_CA_BUNDLE"):
            bucket.get("ledger")
        bucket.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.ConnectTimeout(), "no connection in time"),
        (requests.ReadTimeout(), "no answer in time"),
        (requests.exceptions.ProxyError(), "the proxy of HTTPS_PROXY"),
        (requests.ConnectionError("refused"), "refused"),
    ],
)
def test_no_answer_is_told_in_words(error: requests.RequestException, words: str) -> None:
    meaning = gcs_answers.no_answer(
        error, PLACE, gcs_answers.GET, "pre/ledger", "https://x.example"
    )
    assert isinstance(meaning, StateUnavailable)
    assert words in str(meaning)
    assert "https://x.example" in str(meaning)


def test_a_run_with_an_emulator_needs_no_login(
    storage: GcsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.address)
    store = open_store("gs://state/pre")
    store.begin("run-1")
    store.close()
    assert "authorization" not in storage.calls[-1].headers


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, ("https://storage.googleapis.com", False)),
        (
            {"GOOGLE_CLOUD_UNIVERSE_DOMAIN": "cloud.example"},
            ("https://storage.cloud.example", False),
        ),
        ({"STORAGE_EMULATOR_HOST": "127.0.0.1:4443"}, ("http://127.0.0.1:4443", True)),
        ({"STORAGE_EMULATOR_HOST": "https://localhost:4443/"}, ("https://localhost:4443", True)),
        ({"STORAGE_EMULATOR_HOST": "http://[::1]:4443"}, ("http://[::1]:4443", True)),
    ],
)
def test_where_requests_go(environ: dict[str, str], address: tuple[str, bool]) -> None:
    assert address_of(environ) == address


@pytest.mark.parametrize(
    "emulator", ["http://gcs.example:4443", "10.0.0.1:1", "ftp://127.0.0.1", "127.0.0.1:x", "["]
)
def test_an_emulator_elsewhere_is_a_fault(emulator: str) -> None:
    with pytest.raises(SettingsError, match="STORAGE_EMULATOR_HOST does not name an emulator"):
        address_of({"STORAGE_EMULATOR_HOST": emulator})


def test_the_double_says_what_google_says(storage: GcsDouble) -> None:
    url = f"{storage.address}/storage/v1/b/state/o/no%2Fthing"
    assert requests.get(f"{url}?alt=media", timeout=5).text == "No such object: state/no/thing"
    assert requests.get(url, timeout=5).status_code == 501
    made = requests.post(
        f"{storage.address}/upload/storage/v1/b/state/o?uploadType=media&name=a%2Fb",
        data=b"x",
        timeout=5,
    )
    assert json.loads(made.content)["name"] == "a/b"
    assert storage.objects["a/b"].content == b"x"
    storage.faults.append(Fault("throttled"))
    assert requests.get(url, timeout=5).status_code == 429

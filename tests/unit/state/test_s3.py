"""`s3://`: what obstore raises becomes the error that says the reaction; logins, endpoints."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.errors import SettingsError, StateError, StateRefused, StateUnavailable
from ccsync.state.objects import ObjectStore, Place
from ccsync.state.s3 import S3Bucket, open_store
from ccsync.testing import FakeRuntime
from ccsync.testing.s3 import Fault, S3Double
from tests.support.answering import Said, serving
from tests.support.certificates import make_certificate
from tests.unit.state.buckets import use

PLACE = Place("s3", "state", "pre")


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Double]:
    with S3Double() as storage:
        use(monkeypatch, storage)
        yield storage


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def store(storage: S3Double, runtime: FakeRuntime) -> Iterator[ObjectStore]:
    store = ObjectStore(S3Bucket(PLACE), runtime=runtime)
    yield store
    store.close()


def failure_of(store: ObjectStore, *, reading: bool = False) -> StateError:
    with pytest.raises((StateRefused, StateUnavailable)) as caught:
        store.load() if reading else store.save(b"1", "")
    return caught.value


def refusal_of(store: ObjectStore, *, reading: bool = False) -> str:
    error = failure_of(store, reading=reading)
    assert isinstance(error, StateRefused), error
    return str(error)


def new() -> ObjectStore:
    return ObjectStore(S3Bucket(PLACE), runtime=FakeRuntime(), patience=0.0)


def test_requests_are_conditional_whatever_the_environment_says(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    store = open_store("s3://state/pre")
    version = store.save(b"1", "")
    store.save(b"2", version)
    first, second = (call.headers for call in storage.calls)
    assert first["if-none-match"] == "*"
    assert second["if-match"] == version == '"c4ca4238a0b923820dcc509a6f75849b"'
    assert first["user-agent"].startswith("ccsync/")


def test_the_bucket_is_in_the_path(storage: S3Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true")
    new().save(b"1", "")
    assert storage.calls[-1].path == ("state", "pre", "ledger")


@pytest.mark.parametrize("reading", [True, False])
def test_a_missing_bucket_is_named(store: ObjectStore, storage: S3Double, reading: bool) -> None:
    storage.bucket = None
    said = refusal_of(store, reading=reading)
    assert "the state at s3://state/pre" in said
    assert f"there is no bucket state at {storage.address}" in said
    assert "aws s3api create-bucket --bucket state" in said


@pytest.mark.parametrize("reading", [True, False])
def test_another_region_is_named(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch, reading: bool
) -> None:
    use(monkeypatch, storage, AWS_REGION="us-east-2")
    said = refusal_of(new(), reading=reading)
    assert "in another region than 'us-east-2'" in said
    assert "AWS_REGION=eu-west-1" in said


def test_without_a_region_it_is_that_of_old(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, storage, AWS_REGION="")
    assert "in another region than 'us-east-1'" in refusal_of(new())
    monkeypatch.setenv("AWS_DEFAULT_REGION", storage.region)
    new().save(b"1", "")


def test_a_redirect_to_another_region(monkeypatch: pytest.MonkeyPatch, storage: S3Double) -> None:
    body = b"<Error><Code>PermanentRedirect</Code><Message>use the endpoint</Message></Error>"
    with serving(Said(301, body, {"x-amz-bucket-region": "us-west-2"})) as server:
        use(monkeypatch, storage, AWS_ENDPOINT_URL=server.url)
        said = refusal_of(new(), reading=True)
        # Its connections end with it; the server waits for them.
    assert "in another region" in said


@pytest.mark.parametrize(
    ("permission", "reading"),
    [("s3:GetObject", True), ("s3:ListBucket", True), ("s3:PutObject", False)],
)
def test_a_missing_permission_is_named(
    store: ObjectStore, storage: S3Double, permission: str, reading: bool
) -> None:
    storage.denied.add(permission)
    said = refusal_of(store, reading=reading)
    assert permission in said
    assert "Allow s3:GetObject and s3:PutObject on arn:aws:s3:::state/pre/*" in said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEOTHER"}, "InvalidAccessKeyId"),
        ({"AWS_SESSION_TOKEN": "an-old-token-of-nobody"}, "ExpiredToken"),
    ],
)
def test_a_login_that_is_not_accepted(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    use(monkeypatch, storage, **variables)
    for reading in (True, False):
        said = refusal_of(new(), reading=reading)
        assert words in said
        assert "See AWS_ACCESS_KEY_ID" in said
        for secret in (storage.secret, *variables.values()):
            assert secret not in said


def test_no_login_at_all(storage: S3Double, monkeypatch: pytest.MonkeyPatch) -> None:
    use(
        monkeypatch,
        storage,
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_METADATA_ENDPOINT="http://127.0.0.1:1",
    )
    said = refusal_of(new(), reading=True)
    assert "there is no login for S3: neither in the environment, nor a metadata server" in said
    assert "~/.aws is not read" in said


def test_a_token_file_that_is_not_there(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(
        monkeypatch,
        storage,
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_ROLE_ARN="arn:aws:iam::111122223333:role/ccsync",
        AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "token"),
    )
    assert "the file of AWS_WEB_IDENTITY_TOKEN_FILE cannot be read" in refusal_of(new())


@pytest.mark.parametrize(("status", "kind"), [(403, StateRefused), (500, StateUnavailable)])
def test_an_agent_that_gives_no_login(
    storage: S3Double,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    status: int,
    kind: type[StateError],
) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-of-a-pod")
    with serving(Said(status, b"no")) as agent:
        variables = {
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        }
        use(monkeypatch, storage, **variables)
        error = failure_of(new())
    assert isinstance(error, kind)
    assert f"HTTP {status}" in str(error)
    assert "login" in str(error)


def test_an_agent_that_is_not_there_yet_is_waited_for(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runtime: FakeRuntime
) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-of-a-pod")
    use(
        monkeypatch,
        storage,
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_CONTAINER_CREDENTIALS_FULL_URI="http://127.0.0.1:1/v1/credentials",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token),
    )
    error = failure_of(ObjectStore(S3Bucket(PLACE), runtime=runtime))
    assert isinstance(error, StateUnavailable)
    assert "there is no login yet" in str(error)
    assert runtime.pauses


def test_a_conflicting_operation_is_tried_again(store: ObjectStore, storage: S3Double) -> None:
    storage.concurrent = True
    error = failure_of(store)
    assert isinstance(error, StateUnavailable)
    assert "ConditionalRequestConflict" in str(error)
    storage.concurrent = False
    version = store.save(b"1", "")
    storage.concurrent = True
    with pytest.raises(StateUnavailable):
        store.save(b"2", version)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(404, b"<html>hello</html>"), "no answer of S3 (HTTP 404)"),
        (Said(404), "no answer of S3 (HTTP 404)"),
        (Said(405, b"<html>hello</html>"), "no answer of S3 (HTTP 405)"),
        (
            Said(501, b"<Error><Code>NotImplemented</Code><Message>header</Message></Error>"),
            "does not know conditional writes",
        ),
        (
            Said(403, b"<Error><Code>RequestTimeTooSkewed</Code><Message>late</Message></Error>"),
            "this machine's clock is wrong",
        ),
        (
            Said(400, b"<Error><Code>InvalidRequest</Code><Message>no KMS</Message></Error>"),
            "the storage says: InvalidRequest: no KMS (HTTP 400)",
        ),
        (Said(403, b"no"), "s3:PutObject is missing"),
    ],
)
def test_what_only_a_person_can_help_with(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch, said: Said, words: str
) -> None:
    with serving(said) as server:
        use(monkeypatch, storage, AWS_ENDPOINT_URL=server.url)
        assert words in refusal_of(new())


@pytest.mark.parametrize(
    "said",
    [
        Said(200, b"{}"),
        Said(429, b"slow"),
        Said(504, b"<html>gateway</html>"),
        Said(503, b"<Error><Code>SlowDown</Code><Message>slow</Message></Error>"),
        Said(200, b"half of it, and no more", {"ETag": '"1"'}, ending="half"),
        Said(ending="reset"),
        Said(ending="none"),
    ],
)
def test_what_may_go_away_is_unavailable(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    with serving(said) as server:
        use(monkeypatch, storage, AWS_ENDPOINT_URL=server.url)
        assert isinstance(failure_of(new(), reading=True), StateUnavailable)


def test_nothing_of_a_request_is_shown(store: ObjectStore, storage: S3Double) -> None:
    storage.faults.append(Fault("page", status=403))
    said = refusal_of(store)
    assert "Signature" not in said
    assert storage.key_id not in said
    assert "\n" not in said


@pytest.mark.usefixtures("storage")
def test_a_storage_that_never_answers_keeps_no_signal_waiting() -> None:
    """A run that is asked to end would otherwise be killed before it told how it ended."""

    class Asked(Exception):
        pass

    def on_signal(*_: object) -> None:
        raise Asked

    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        bucket = S3Bucket(PLACE, environ=environ)
        before = signal.signal(signal.SIGUSR1, on_signal)
        asking = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
        begun = time.monotonic()
        try:
            asking.start()
            with pytest.raises(Asked):
                bucket.get("ledger")
        finally:
            asking.join()
            signal.signal(signal.SIGUSR1, before)
            bucket.close()
    assert time.monotonic() - begun < 3


def test_a_certificate_that_is_not_trusted(
    tmp_path: Path, storage: S3Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = make_certificate(tmp_path, "untrusted", "IP:127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*pair)
    with serving(Said(), tls) as server:
        use(monkeypatch, storage, AWS_ENDPOINT_URL=server.url)
        assert "SSL_CERT_FILE" in refusal_of(new())


def test_content_that_others_put_there_has_no_checksum(
    store: ObjectStore, storage: S3Double
) -> None:
    storage.put("pre/ledger", b"restored by hand")
    assert store.load()[0] == b"restored by hand"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"])
@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("s3.storage.example", "is no address"),
        ("ftp://s3.storage.example", "is no address"),
        ("https://key:hush@s3.storage.example", "is no address"),
        ("https://s3.storage.example:port", "is no address"),
        ("http://s3.storage.example", "has plain http"),
    ],
)
def test_an_endpoint_that_is_of_no_use(name: str, endpoint: str, words: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} {words}") as caught:
        S3Bucket(PLACE, environ={name: endpoint})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"AWS_ENDPOINT_URL": "https://s3.storage.example/"},
        {"AWS_ENDPOINT_URL": "http://localhost:9000"},
        {"AWS_ENDPOINT_URL": "http://minio.svc.example", "AWS_ALLOW_HTTP": "true"},
    ],
)
def test_endpoints_that_are_fine(environ: dict[str, str]) -> None:
    S3Bucket(PLACE, environ=environ).close()


def test_the_variable_for_s3_alone_goes_first(
    storage: S3Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(
        monkeypatch,
        storage,
        AWS_ENDPOINT_URL="https://other.example",
        AWS_ENDPOINT_URL_S3=storage.address,
    )
    new().save(b"1", "")
    assert "pre/ledger" in storage.objects

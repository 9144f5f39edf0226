"""`state: s3://bucket/prefix`: a bucket of S3, or of a storage that speaks its protocol.

A version is an object's ETag. Region, endpoint and login come from the usual variables (AWS_REGION,
AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what EKS,
ECS and EC2 give to a workload); ~/.aws is not read. Needs obstore (extra `objectstore`), imported
at the first request.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from ccsync import USER_AGENT
from ccsync.errors import SettingsError, StateConflict, StateUnavailable
from ccsync.state import s3_errors
from ccsync.state.objects import Found, ObjectStore, Place, need_extra, parse

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import ClientConfig, S3Config, S3Store

T = TypeVar("T")

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_CHECKSUM = "sha256"
"""Metadata of an object: an ETag is no checksum where the storage encrypts with keys of its own."""

_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


def open_store(url: str) -> ObjectStore:
    """Make the store for `s3://bucket/prefix`.

    Raises:
        SettingsError: the URL names no bucket, the extra `objectstore` is not installed, or the
            endpoint of the environment is of no use.
    """
    place = parse(url, "s3")
    need_extra("s3", "objectstore", "obstore")
    return ObjectStore(S3Bucket(place))


class S3Bucket:
    """One bucket, one request each."""

    never = f'"{"0" * 32}"'

    def __init__(self, place: Place, *, environ: Mapping[str, str] = os.environ) -> None:
        """Take the bucket; connects to nothing.

        Args:
            place: the bucket and the prefix.
            environ: where region and endpoint stand; obstore reads the login from the process's.

        Raises:
            SettingsError: the endpoint is of no use.
        """
        self.place = place
        self._endpoint = _endpoint(environ)
        self._region = next((environ[name] for name in _REGIONS if environ.get(name)), "us-east-1")
        self._store: S3Store | None = None

    def get(self, key: str) -> Found | None:
        """Download an object."""

        def download() -> Found:
            found = self._connected().get(self.place.name_of(key))
            content = bytes(found.bytes())
            self._compare(key, found.attributes.get(_CHECKSUM), content)
            return Found(content, found.meta["e_tag"] or "")

        try:
            found = self._call(download, "s3:GetObject", key)
        except FileNotFoundError:
            return None
        return self._versioned(found, found.version, key)

    def put(self, key: str, content: bytes, expected: str | None) -> str:
        """Upload an object, on condition of its ETag."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        def upload() -> str:
            mode: PutMode = "overwrite"
            if expected is not None:
                mode = {"e_tag": expected} if expected else "create"
            made = self._connected().put(
                self.place.name_of(key),
                content,
                attributes={_CHECKSUM: hashlib.sha256(content).hexdigest()},
                mode=mode,
                use_multipart=False,
            )
            return made["e_tag"] or ""

        try:
            made = self._call(upload, "s3:PutObject", key)
        except (AlreadyExistsError, PreconditionError) as error:
            raise StateConflict(f"{self.place}: {key} has another ETag") from error
        return self._versioned(made, made, key)

    def close(self) -> None:
        """Let go of the connections."""
        self._store = None

    def _connected(self) -> S3Store:
        from obstore.store import S3Store

        if self._store is None:
            config: S3Config = {"region": self._region, "conditional_put": "etag"}
            options: ClientConfig = {
                "connect_timeout": "5s",
                "timeout": "30s",
                "user_agent": USER_AGENT,
            }
            if self._endpoint:
                config["endpoint"] = config["aws_endpoint_url_s3"] = self._endpoint
                config["virtual_hosted_style_request"] = False
                options["allow_http"] = self._endpoint.startswith("http:")
            self._store = S3Store(
                self.place.bucket,
                config=config,
                client_options=options,
                # Waiting is ours.
                retry_config={"max_retries": 0},
            )
        return self._store

    def _call(self, ask: Callable[[], T], permission: str, key: str) -> T:
        """Ask once.

        Raises:
            FileNotFoundError: there is no such object to read.
            AlreadyExistsError, PreconditionError: the condition does not hold.
            StateRefused, StateUnavailable: as all that obstore raises besides.
        """
        try:
            return _interruptibly(ask)
        except Exception as error:
            meaning = s3_errors.meaning(
                error, self.place, permission, key, self._region, self._endpoint
            )
            if meaning is None:
                raise
            raise meaning from None  # what obstore says has requests in it, signed with our key

    def _compare(self, key: str, checksum: str | None, content: bytes) -> None:
        """Look whether what came is what we once sent; what others put there has no checksum.

        Raises:
            StateUnavailable: it is not.
        """
        if checksum is not None and checksum != hashlib.sha256(content).hexdigest():
            raise StateUnavailable(
                f"the state at {self.place}: {key} was damaged on its way (its checksum is another "
                "one). Try again; if it stays so, look at what stands between here and the storage"
            )

    def _versioned(self, value: T, version: str, key: str) -> T:
        """Pass on an answer that has a version.

        Raises:
            StateUnavailable: it has none, so nothing could be replaced on condition.
        """
        if not version:
            raise StateUnavailable(
                f"the state at {self.place}: the storage's answer for {key} has no ETag"
            )
        return value


def _interruptibly(ask: Callable[[], T]) -> T:
    """Wait for an answer in such a way that signals are handled meanwhile.

    obstore hands back to Python when its request has ended, and until then no handler of a signal
    is run: a storage that does not answer would use up a pod's grace period.
    """
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - raised where it can be handled
            answer.set_exception(error)

    threading.Thread(target=work, name="s3", daemon=True).start()
    return answer.result()


def _endpoint(environ: Mapping[str, str]) -> str:
    """Give the endpoint that the environment names; "" for that of AWS.

    Raises:
        SettingsError: it is no address, or would have the state go unencrypted through a network.
    """
    name = next((one for one in _ENDPOINTS if environ.get(one, "").strip()), None)
    if name is None:
        return ""
    text = environ[name].strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        raise SettingsError(f"state: {name} is no address as https://s3.storage.example is")
    allowed = environ.get("AWS_ALLOW_HTTP", "").strip().lower() in {"1", "true"}
    if parts.scheme == "http" and not (_is_loopback(host) or allowed):
        raise SettingsError(
            f"state: {name} has plain http, and the state holds personal data; take https, or "
            "allow it by AWS_ALLOW_HTTP=true"
        )
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

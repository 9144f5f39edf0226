"""`state: gs://bucket/prefix`: a bucket of Google Cloud Storage, by its JSON API.

A version is an object's generation. The login is that of Application Default Credentials;
`STORAGE_EMULATOR_HOST` may name an emulator on this machine, which is spoken to without one.
Google's libraries (extra `gcs`) are imported at the first request.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ccsync.adc import Adc, LoginError, LoginUnavailable
from ccsync.errors import SettingsError, StateConflict, StateError, StateRefused, StateUnavailable
from ccsync.state import gcs_answers
from ccsync.state.gcs_answers import CREATE, GET
from ccsync.state.objects import Found, ObjectStore, Place, need_extra, parse

if TYPE_CHECKING:
    import requests

EMULATOR = "STORAGE_EMULATOR_HOST"
UNIVERSE = "GOOGLE_CLOUD_UNIVERSE_DOMAIN"

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def open_store(url: str) -> ObjectStore:
    """Make the store for `gs://bucket/prefix`.

    Raises:
        SettingsError: the URL names no bucket, the extra `gcs` is not installed, or
            STORAGE_EMULATOR_HOST is of no use.
    """
    place = parse(url, "gs")
    need_extra("gs", "gcs", "google.auth", "requests")
    address, anonymous = address_of(os.environ)
    return ObjectStore(GcsBucket(place, address, None if anonymous else Adc()))


class GcsBucket:
    """One bucket, one request each."""

    never = "1"
    """Generations are microseconds since 1970."""

    def __init__(self, place: Place, address: str, adc: Adc | None) -> None:
        """Take the bucket; connects to nothing.

        Args:
            place: the bucket and the prefix.
            address: of the API, without a path.
            adc: the login; None: none, at an emulator.
        """
        self.place = place
        self._address = address
        self._adc = adc
        self._session: requests.Session | None = None

    def get(self, key: str) -> Found | None:
        """Download an object."""
        name = self.place.name_of(key)
        answer = self._ask("GET", f"/storage/v1/{self._path(name)}?alt=media", GET, name)
        if answer.status_code == 404 and gcs_answers.is_absent(answer):
            return None
        generation = answer.headers.get("x-goog-generation", "")
        if answer.status_code != 200 or not generation.isdigit():
            raise self._error(answer, GET, name)
        md5 = re.search(r"\bmd5=([\w+/=]+)", answer.headers.get("x-goog-hash", ""))
        self._compare(name, md5 and md5[1], answer.content)
        return Found(answer.content, generation)

    def put(self, key: str, content: bytes, expected: str | None) -> str:
        """Upload an object, on condition of its generation."""
        if expected and not (expected.isascii() and expected.isdigit()):
            raise StateConflict(f"{self.place}: {expected!r} never was a generation")
        name = self.place.name_of(key)
        condition = "" if expected is None else f"&ifGenerationMatch={expected or 0}"
        path = (
            f"/upload/storage/v1/b/{self.place.bucket}/o?uploadType=media"
            f"&name={quote(name, safe='')}{condition}"
        )
        answer = self._ask("POST", path, CREATE, name, content)
        if answer.status_code == 412 and gcs_answers.is_conflict(answer):
            raise StateConflict(f"{self.place}: {name} has another generation")
        made = gcs_answers.read(answer) if answer.status_code == 200 else {}
        generation = str(made.get("generation", ""))
        if not generation.isdigit():
            raise self._error(answer, CREATE, name)
        self._compare(name, made.get("md5Hash"), content)
        return generation

    def close(self) -> None:
        """Let go of the connections."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _path(self, name: str) -> str:
        return f"b/{self.place.bucket}/o/{quote(name, safe='')}"

    def _ask(
        self, method: str, path: str, permission: str, name: str, content: bytes | None = None
    ) -> requests.Response:
        """Send one request, and give whatever is answered.

        Raises:
            StateRefused: there is no login. StateUnavailable: nothing was answered.
        """
        import requests
        from google.auth.exceptions import GoogleAuthError

        headers = {"accept-encoding": "identity"}
        if content is not None:
            headers["content-type"] = "application/octet-stream"
        try:
            return self._connected().request(
                method,
                f"{self._address}{path}",
                data=content,
                headers=headers,
                allow_redirects=False,
            )
        except (LoginError, GoogleAuthError) as error:
            raise self._login_error(error) from error
        except requests.RequestException as error:
            raise gcs_answers.no_answer(
                error, self.place, permission, name, self._address
            ) from error

    def _connected(self) -> requests.Session:
        from ccsync.state.gcs_session import connect

        if self._session is None:
            self._session = connect(self._adc.login().credentials if self._adc else None)
        return self._session

    def _login_error(self, error: Any) -> StateError:
        if not isinstance(error, LoginError):
            if self._adc is None:
                raise error
            error = self._adc.error_of(error)
        what = f"the state at {self.place} cannot be reached: {error}"
        return StateUnavailable(what) if isinstance(error, LoginUnavailable) else StateRefused(what)

    def _error(self, answer: requests.Response, permission: str, name: str) -> StateError:
        account = self._adc.account if self._adc is not None else ""
        return gcs_answers.error(answer, self.place, permission, name, account)

    def _compare(self, name: str, md5: object, content: bytes) -> None:
        """Look whether what is there is what was sent; composed objects have no MD5."""
        ours = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        if isinstance(md5, str) and md5 != ours:
            raise StateUnavailable(
                f"the state at {self.place}: {name} was damaged on its way (its checksum is "
                "another one). Try again; if it stays so, look at what stands between here and "
                "Google, as a proxy does"
            )


def address_of(environ: Mapping[str, str]) -> tuple[str, bool]:
    """Give the API's address, and whether it is an emulator's, where nobody logs in.

    Raises:
        SettingsError: STORAGE_EMULATOR_HOST is of no use.
    """
    emulator = environ.get(EMULATOR, "").strip()
    if not emulator:
        universe = environ.get(UNIVERSE, "").strip() or "googleapis.com"
        return f"https://storage.{universe}", False
    try:
        parts = urlsplit(emulator if "://" in emulator else f"http://{emulator}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if host not in _LOOPBACK or parts.scheme not in {"http", "https"}:
        raise SettingsError(
            f"state: {EMULATOR} does not name an emulator on this machine, as 127.0.0.1:4443 "
            "does, and another one is not spoken to; unset it for Google's own storage"
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else ""), True

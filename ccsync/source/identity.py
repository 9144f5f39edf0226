"""The identity token: a JSON Web Token that says who this workload is, and lies in a file.

In Kubernetes it is a projected service account token, which the kubelet replaces in time; so the
file is read anew for each login. Only the API verifies the token. It is decoded here to say what is
obviously wrong with it, because the API tells a stranger nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ccsync import redact
from ccsync.errors import SourceRefused
from ccsync.secret import Secret
from ccsync.settings.model import FederationSettings
from ccsync.source.keyfile import read_key
from ccsync.source.text import one_line

LARGEST = 16 * 1024
"""Bytes of an identity token; the API takes no larger one."""

LEEWAY = dt.timedelta(seconds=30)
"""So far may the clocks of issuer and API be apart."""

AUDIENCE = "https://api.anthropic.com"
"""What the guides for federation write as audience."""

_SETTING = "source.federation.token_file"
_EMPTY = "Is the volume with the projected service account token mounted?"
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)

_Seconds = Annotated[float, Meta(ge=0, lt=2**40)]


class _Header(msgspec.Struct, frozen=True):
    alg: str = ""
    kid: str = ""


class _Claims(msgspec.Struct, frozen=True):
    iss: str = ""
    sub: str = ""
    aud: str | list[str] = ""
    iat: _Seconds | None = None
    exp: _Seconds | None = None


class IdentityToken(msgspec.Struct, frozen=True):
    """An identity token, and what it says about itself; none of that is verified."""

    secret: Secret
    path: Path
    algorithm: str | None
    """None when the token could not be decoded."""

    key_id: str = ""
    issuer: str = ""
    subject: str = ""
    audiences: tuple[str, ...] = ()
    issued_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None

    @classmethod
    def read(cls, settings: FederationSettings) -> IdentityToken:
        """Read the token from its file.

        Raises:
            SourceRefused: the file cannot be read, or what it holds cannot be an identity token
                that the API takes. Nothing of it is shown.
        """
        path = Path(settings.token_file).expanduser()
        text = read_key(path, _SETTING, empty=_EMPTY)
        if not _JWT.fullmatch(text):
            raise SourceRefused(
                f"{_SETTING}: {path} holds no JSON Web Token, which is three parts with dots in "
                "between; it was not sent anywhere. Is this the file of the projected service "
                "account token?"
            )
        if len(text) > LARGEST:
            raise SourceRefused(
                f"{_SETTING}: the token in {path} has {len(text):,} bytes, and the API takes "
                f"{LARGEST:,} at most; it was not sent. Does the issuer write more claims into it "
                "than are needed?"
            )
        return cls._decoded(text, path)

    @classmethod
    def _decoded(cls, text: str, path: Path) -> IdentityToken:
        secret = Secret(text)
        header, claims, signature = text.split(".")
        # Masked by itself, too: what goes before it is no secret, and can be guessed.
        redact.register(signature)
        try:
            head = msgspec.json.decode(_unpacked(header), type=_Header)
            body = msgspec.json.decode(_unpacked(claims), type=_Claims)
        except (ValueError, RecursionError, binascii.Error):
            return cls(secret, path, None)
        return cls(
            secret,
            path,
            one_line(head.alg),
            one_line(head.kid),
            one_line(body.iss),
            one_line(body.sub),
            tuple(one_line(one) for one in _listed(body.aud)),
            _moment(body.iat),
            _moment(body.exp),
        )

    def faults(self, now: dt.datetime) -> Iterator[str]:
        """Say what is certainly wrong with the token, and what to do; `now` in UTC."""
        if self.algorithm is None:
            yield "the identity token cannot be decoded: it is cut off or garbled"
            return
        if not self.algorithm or self.algorithm == "none" or self.algorithm.startswith("HS"):
            yield (
                f"the identity token is signed with {self.algorithm or 'nothing'}, and only "
                "asymmetric signatures such as RS256 and ES256 are taken"
            )
        for name, present in (
            ("kid", self.key_id), ("sub", self.subject),
            ("iat", self.issued_at), ("exp", self.expires_at),
        ):  # fmt: skip
            if not present:
                yield f"the identity token has no {name}, and it is needed"
        if self.expires_at is not None and now - self.expires_at > LEEWAY:
            yield (
                f"the identity token expired at {_shown(self.expires_at)}, and it is "
                f"{_shown(now)}: nobody renews {self.path}. Mount it as a projected volume "
                "(serviceAccountToken), and not with subPath, which is never updated"
            )
        if self.issued_at is not None and self.issued_at - now > LEEWAY:
            yield (
                f"the identity token was issued at {_shown(self.issued_at)}, and it is "
                f"{_shown(now)}: the clock of its issuer is ahead"
            )

    def doubts(self) -> Iterator[str]:
        """Say what is probably wrong: rules may want another audience than the usual one."""
        if self.algorithm is not None and AUDIENCE not in self.audiences:
            yield (
                f"the identity token is for {', '.join(self.audiences) or 'no audience'}; rules "
                f"usually want {AUDIENCE} (`audience` of the projected volume)"
            )

    def __str__(self) -> str:
        """Say whose it is, as a rule compares it."""
        if self.algorithm is None:
            return "an identity token that cannot be decoded"
        return (
            f"issuer {self.issuer or 'none'}, subject {self.subject or 'none'}, audience "
            f"{', '.join(self.audiences) or 'none'}, key {self.key_id or 'none'}"
        )


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _listed(audience: str | list[str]) -> list[str]:
    if isinstance(audience, str):
        return [audience] if audience else []
    return audience[:5]


def _moment(seconds: float | None) -> dt.datetime | None:
    if seconds is None:
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _shown(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} (UTC)"

"""A simulated cluster: it issues identity tokens, and publishes the keys that sign them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import msgspec

from ccsync.simulator.signatures import Algorithm, Jwk, SigningKey, new_key, packed

ISSUER = "https://kubernetes.default.svc.cluster.example"
SUBJECT = "system:serviceaccount:ccsync:ccsync"
AUDIENCE = "https://api.anthropic.com"


class Issuer:
    """Issues identity tokens as the API server of a cluster does for projected volumes."""

    def __init__(
        self,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        algorithm: Algorithm = "ES256",
        url: str = ISSUER,
    ) -> None:
        """Make a first key.

        Args:
            now: The issuer's clock, in UTC.
            algorithm: Of the signatures.
            url: The claim `iss`.

        Raises:
            ModuleNotFoundError: cryptography is not installed.
        """
        self.url = url
        self._now = now
        self._algorithm: Algorithm = algorithm
        self._keys: dict[str, SigningKey] = {}
        self.rotate()

    @property
    def key_id(self) -> str:
        """The key that new tokens are signed with."""
        return next(reversed(self._keys))

    def rotate(self) -> None:
        """Sign with another key from now on; the former ones stay published."""
        self._keys[f"key-{len(self._keys) + 1}"] = new_key(self._algorithm)

    def jwks(self) -> tuple[Jwk, ...]:
        """Give the public keys as they are published now."""
        return tuple(
            {"kid": name, "use": "sig", "alg": key.algorithm, **key.public()}
            for name, key in self._keys.items()
        )

    def token(
        self,
        subject: str = SUBJECT,
        *,
        audience: str | list[str] = AUDIENCE,
        lifetime: float = 3600,
        claims: Mapping[str, object] | None = None,
        header: Mapping[str, object] | None = None,
    ) -> str:
        """Issue a token.

        Args:
            subject: The claim `sub`.
            audience: The claim `aud`.
            lifetime: Seconds from now until `exp`; negative for an expired token.
            claims: Replace or add claims; None takes one out.
            header: The same for the header.
        """
        now = int(self._now().timestamp())
        head = {"alg": self._algorithm, "kid": self.key_id, "typ": "JWT", **(header or {})}
        body = {
            "iss": self.url,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime),
            **(claims or {}),
        }
        signed = f"{_part(head)}.{_part(body)}"
        return f"{signed}.{packed(self._keys[self.key_id].sign(signed.encode()))}"


def _part(values: Mapping[str, object]) -> str:
    kept = {name: value for name, value in values.items() if value is not None}
    return packed(msgspec.json.encode(kept))

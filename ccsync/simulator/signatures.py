"""Signatures of JSON Web Tokens: made and verified with the package cryptography.

It is no requirement of ccsync; the extras `testing` and `bigquery` bring it. Without it nothing is
signed, and nothing is verified: `can_verify` says so.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Algorithm: TypeAlias = Literal["ES256", "RS256"]
Jwk: TypeAlias = Mapping[str, str]
"""A public key as a JWKS lists it."""

ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256")

_COORDINATE = 32
"""Bytes of each half of a signature, and of each coordinate, on the curve P-256."""


class SigningKey(Protocol):
    """A private key."""

    algorithm: Algorithm

    def public(self) -> dict[str, str]:
        """Give what a JWK says about the key beside `kid`, `alg` and `use`."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign as JSON Web Signatures do."""
        ...


@cache
def can_verify() -> bool:
    """Tell whether signatures are really verified here."""
    return find_spec("cryptography") is not None


def new_key(algorithm: Algorithm) -> SigningKey:
    """Make a key.

    Raises:
        ModuleNotFoundError: cryptography is not installed.
    """
    return _EllipticKey() if algorithm == "ES256" else _RsaKey()


def is_signed(algorithm: str, jwk: Jwk, data: bytes, signature: bytes) -> bool:
    """Verify a signature; a key of another kind than the algorithm's verifies nothing.

    Raises:
        ModuleNotFoundError: cryptography is not installed.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        if algorithm == "ES256" and jwk.get("kty") == "EC" and len(signature) == 2 * _COORDINATE:
            public = ec.EllipticCurvePublicNumbers(
                _number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()
            ).public_key()
            first, second = signature[:_COORDINATE], signature[_COORDINATE:]
            encoded = utils.encode_dss_signature(
                int.from_bytes(first, "big"), int.from_bytes(second, "big")
            )
            public.verify(encoded, data, ec.ECDSA(SHA256()))
            return True
        if algorithm == "RS256" and jwk.get("kty") == "RSA":
            numbers = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"]))
            numbers.public_key().verify(signature, data, padding.PKCS1v15(), SHA256())
            return True
    except (InvalidSignature, ValueError, KeyError):
        return False
    return False


def packed(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    """Read base64url without padding.

    Raises:
        ValueError: it is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class _EllipticKey:
    algorithm: Algorithm = "ES256"

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key: EllipticCurvePrivateKey = ec.generate_private_key(ec.SECP256R1())

    def public(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        x, y = (packed(one.to_bytes(_COORDINATE, "big")) for one in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import ec, utils
        from cryptography.hazmat.primitives.hashes import SHA256

        halves = utils.decode_dss_signature(self._key.sign(data, ec.ECDSA(SHA256())))
        return b"".join(half.to_bytes(_COORDINATE, "big") for half in halves)


class _RsaKey:
    algorithm: Algorithm = "RS256"

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa

        self._key: RSAPrivateKey = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        return {"kty": "RSA", "n": packed(modulus), "e": packed(numbers.e.to_bytes(3, "big"))}

    def sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.hashes import SHA256

        return self._key.sign(data, padding.PKCS1v15(), SHA256())


def _number(text: str) -> int:
    return int.from_bytes(unpacked(text), "big")

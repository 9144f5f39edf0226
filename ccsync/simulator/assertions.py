"""Whether a rule matches an identity token: signature, issuer, subject, audience and times.

A refusal says the reason, for the history; whoever asked for the login never hears it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import msgspec

from ccsync.simulator import signatures
from ccsync.simulator.issuer import AUDIENCE, ISSUER, SUBJECT
from ccsync.simulator.signatures import ALGORITHMS, Jwk

LEEWAY = 30.0
"""Seconds that the clocks of issuer and API may be apart."""


class Denial(Exception):
    """The login is denied; the text is the reason."""


@dataclass(frozen=True, slots=True)
class FederationRule:
    """Who may log in, as whom, and what for."""

    organization_id: str
    rule_id: str = "fdrl_01SIMULATED"
    service_account_id: str = "svac_01SIMULATED"
    issuer: str = ISSUER
    subject: str = SUBJECT
    audience: str = AUDIENCE
    scope: str = "org:admin"
    lifetime: float = 3600
    """Seconds, 60 to 86,400: the longest life of a token."""

    workspaces: tuple[str, ...] = ("default",)
    """With more than one of them, a login has to name the one it wants."""

    archived: bool = False


def remaining(
    assertion: str,
    rule: FederationRule,
    jwks: Collection[Jwk],
    now: dt.datetime,
    *,
    verify: bool = True,
) -> float:
    """Give the seconds that an identity token is good yet; negative within the leeway.

    Without `verify` a signature has to be there, and may be anybody's.

    Raises:
        Denial: the rule does not match it.
    """
    parts = assertion.split(".")
    if len(parts) != 3:
        _deny("the assertion is no JSON Web Token")
    header, claims = _decoded(parts[0], "header"), _decoded(parts[1], "claims")
    _check_signature(header, parts, jwks, verify=verify)
    for name, wanted in (("iss", rule.issuer), ("sub", rule.subject)):
        if claims.get(name) != wanted:
            _deny(f"{name} is {claims.get(name)!r}, the rule wants {wanted!r}")
    audience = claims.get("aud")
    given = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if rule.audience not in given:
        _deny(f"aud is {audience!r}, the rule wants {rule.audience!r}")
    moment = now.timestamp()
    begins = (_time(claims, "iat"), _time(claims, "nbf") if "nbf" in claims else -float("inf"))
    if max(begins) > moment + LEEWAY:
        _deny("iat or nbf lies in the future")
    left = _time(claims, "exp") - moment
    if left < -LEEWAY:
        _deny(f"exp lies {-left:.0f} seconds in the past")
    return left


def _check_signature(
    header: dict[str, Any], parts: list[str], jwks: Collection[Jwk], *, verify: bool
) -> None:
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        _deny(f"alg is {algorithm!r}; taken are {', '.join(ALGORITHMS)}")
    if not isinstance(key_id, str) or not key_id:
        _deny("the header has no kid")
    found = [one for one in jwks if one.get("kid") == key_id]
    if not found:
        _deny(f"no key {key_id!r} among those known of the issuer")
    signature = _bytes(parts[2], "signature")
    if not signature:
        _deny("the assertion is not signed")
    signed = f"{parts[0]}.{parts[1]}".encode()
    if verify and not signatures.is_signed(str(algorithm), found[0], signed, signature):
        _deny(f"the signature is not that of key {key_id!r}")


def _decoded(part: str, name: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_bytes(part, name), type=dict[str, Any])
    except msgspec.MsgspecError:
        _deny(f"the {name} of the assertion cannot be decoded")


def _bytes(part: str, name: str) -> bytes:
    decode: Callable[[str], bytes] = signatures.unpacked
    try:
        return decode(part)
    except ValueError:
        _deny(f"the {name} of the assertion cannot be decoded")


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        _deny(f"{name} is no time")
    return float(value)


def _deny(reason: str) -> NoReturn:
    raise Denial(reason)

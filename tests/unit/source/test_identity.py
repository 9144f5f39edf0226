from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ccsync.errors import SourceRefused
from ccsync.redact import redact
from ccsync.source.identity import LARGEST, IdentityToken

from .login import Scene


def faults(scene: Scene, **changes: Any) -> list[str]:
    scene.put(scene.issuer.token(**changes))
    return list(IdentityToken.read(scene.ids).faults(scene.runtime.now()))


def test_what_a_token_says(scene: Scene) -> None:
    found = IdentityToken.read(scene.ids)
    assert (found.algorithm, found.key_id) == ("ES256", "key-1")
    assert str(found) == (
        "issuer https://kubernetes.default.svc.cluster.example, subject "
        "system:serviceaccount:ccsync:ccsync, audience https://api.anthropic.com, key key-1"
    )
    assert found.expires_at == scene.runtime.now() + dt.timedelta(hours=1)
    assert list(found.faults(scene.runtime.now())) == []
    assert list(found.doubts()) == []


def test_it_does_not_show_itself(scene: Scene) -> None:
    token = scene.issuer.token()
    scene.put(f"{token}\n")
    found = IdentityToken.read(scene.ids)
    assert found.secret.reveal() == token
    assert token not in repr(found) + str(found)
    scene.put("hidden.of-no-known-shape.x")
    IdentityToken.read(scene.ids)
    for one in (token, "hidden.of-no-known-shape.x"):
        assert redact(f"it is {one}!") == "it is ***!"


@pytest.mark.parametrize(
    "text",
    ["", "\n", "no token", "{}", "a.b", "a.b.c.d", "a b.c.d", "eyJ\u00e4.b.c", "\0.b.c", "a.!.c"],
)
def test_what_cannot_be_a_token_is_not_sent(scene: Scene, text: str) -> None:
    scene.put(text)
    with pytest.raises(SourceRefused, match=r"^source\.federation\.token_file: ") as caught:
        IdentityToken.read(scene.ids)
    if text.strip("\n"):
        assert text not in str(caught.value)
    assert "?" in str(caught.value), "it asks what may be the reason"


def test_a_file_that_is_not_there(scene: Scene) -> None:
    scene.file.unlink()
    with pytest.raises(SourceRefused, match=r"cannot read .*token: No such file.* mounted"):
        IdentityToken.read(scene.ids)


def test_the_largest_token(scene: Scene) -> None:
    scene.put(f"a.{'b' * (LARGEST - 4)}.c")
    assert IdentityToken.read(scene.ids).algorithm is None
    scene.put(f"a.{'b' * (LARGEST - 3)}.c")
    with pytest.raises(SourceRefused, match=r"has 16,385 bytes, and the API takes 16,384 at most"):
        IdentityToken.read(scene.ids)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lifetime": -31}, "expired at 2026-11-22 11:59:29 (UTC), and it is 2026-11-22 12:00:00"),
        ({"claims": {"iat": 1795348831}}, "the clock of its issuer is ahead"),
        ({"header": {"alg": "HS256"}}, "signed with HS256"),
        ({"header": {"alg": "none"}}, "signed with none"),
        ({"header": {"alg": None}}, "signed with nothing"),
        ({"header": {"kid": None}}, "has no kid"),
        ({"claims": {"sub": None}}, "has no sub"),
        ({"claims": {"iat": None}}, "has no iat"),
        ({"claims": {"exp": None}}, "has no exp"),
    ],
)
def test_what_is_visibly_wrong(scene: Scene, changes: dict[str, Any], said: str) -> None:
    (fault,) = faults(scene, **changes)
    assert said in fault


@pytest.mark.parametrize("changes", [{"lifetime": -30}, {"claims": {"iat": 1795348830}}])
def test_clocks_may_be_a_little_apart(scene: Scene, changes: dict[str, Any]) -> None:
    assert faults(scene, **changes) == []


@pytest.mark.parametrize("text", ["a.b.c", "e30.W10.c", "bnVsbA.e30.c"])
def test_what_cannot_be_decoded_is_said(scene: Scene, text: str) -> None:
    scene.put(text)
    found = IdentityToken.read(scene.ids)
    assert "cannot be decoded" in str(found)
    (fault,) = found.faults(scene.runtime.now())
    assert "cut off or garbled" in fault
    assert list(found.doubts()) == []


@pytest.mark.parametrize(
    "claims", [{"exp": 1e300}, {"exp": "soon"}, {"iat": -5}, {"aud": 5}, {"sub": ["x"]}]
)
def test_odd_claims_harm_nobody(scene: Scene, claims: dict[str, Any]) -> None:
    assert len(faults(scene, claims=claims)) == 1


def test_another_audience_is_doubted(scene: Scene) -> None:
    scene.put(scene.issuer.token(audience=["https://kubernetes.example", "vault"]))
    (doubt,) = IdentityToken.read(scene.ids).doubts()
    assert "is for https://kubernetes.example, vault; rules usually want https://api." in doubt
    scene.put(scene.issuer.token(claims={"aud": None}))
    (doubt,) = IdentityToken.read(scene.ids).doubts()
    assert "is for no audience" in doubt

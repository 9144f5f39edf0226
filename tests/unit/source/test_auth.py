from __future__ import annotations

import base64
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from ccsync import redact
from ccsync.errors import SettingsError, SourceRefused
from ccsync.secret import Secret
from ccsync.settings.model import SourceSettings
from ccsync.source.auth import Credential
from ccsync.source.kind import KeyKind
from ccsync.source.sender import Sender
from ccsync.testing import FakeRuntime


@pytest.fixture(autouse=True)
def _forget_secrets() -> Generator[None]:
    yield
    redact.forget()


def credential(**given: Any) -> Credential:
    settings = SourceSettings(**given)
    return Credential(settings, Sender(settings, FakeRuntime()), FakeRuntime())


def test_a_key_in_the_settings() -> None:
    key = credential(api_key=Secret("sk-ant-admin01-x\n"))
    assert key.current() == "sk-ant-admin01-x"
    assert key.headers("k") == {"x-api-key": "k"}
    assert not key.renewed("sk-ant-admin01-x")


def test_a_bearer_token_in_the_settings() -> None:
    token = credential(bearer_token=Secret("sk-ant-oat01-x"))
    assert token.headers(token.current()) == {
        "authorization": "Bearer sk-ant-oat01-x",
        "anthropic-beta": "oauth-2025-04-20",
    }


@pytest.mark.parametrize("setting", ["api_key_file", "bearer_token_file"])
def test_a_file(tmp_path: Path, setting: str) -> None:
    file = tmp_path / "key"
    file.write_text("sk-ant-one\r\n")
    key = credential(**{setting: str(file)})
    assert key.current() == "sk-ant-one"
    assert ("authorization" in key.headers("k")) == (setting == "bearer_token_file")
    assert redact.redact("it says sk-ant-one") == "it says ***"


def test_a_file_is_read_again_when_its_content_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    token = credential(bearer_token_file=str(file))
    assert token.current() == "old"
    file.write_text("new")
    assert token.current() == "old"
    assert token.renewed("old")
    assert token.current() == "new"
    assert token.renewed("old")
    assert not token.renewed("new")


def test_a_file_is_not_read_before_it_is_needed(tmp_path: Path) -> None:
    missing = credential(api_key_file=str(tmp_path / "missing"))
    with pytest.raises(
        SourceRefused, match=r"source\.api_key_file: cannot read .*missing: No such"
    ):
        missing.current()


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(SourceRefused, match=r"api_key_file: .*key: it is empty.*Settings > Admin"):
        credential(api_key_file=str(file)).current()


def test_an_empty_setting() -> None:
    with pytest.raises(SettingsError, match=r"source\.api_key: it is empty"):
        credential(api_key=Secret(" "))


@pytest.mark.parametrize(
    "text", ["sk-ant\nhidden", "sk ant-hidden", "hidd\x00en", "hiddeñ", "\x7fhidden"]
)
def test_what_no_key_has_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        credential(api_key=Secret(text))
    assert "blanks, control characters" in str(caught.value)
    assert "hidd" not in str(caught.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xff\xfe\x00k")
    with pytest.raises(SourceRefused, match="blanks, control characters or letters"):
        credential(api_key_file=str(file)).current()
    file.write_bytes(base64.b64encode(bytes(100_000)))
    with pytest.raises(SourceRefused, match="far too long"):
        credential(api_key_file=str(file)).current()


def test_a_directory_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="Is a directory"):
        credential(api_key_file=str(tmp_path)).current()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("sk-ant-admin01-x", KeyKind.ADMIN),
        ("sk-ant-api01-x", KeyKind.ENTERPRISE),
        ("sk-ant-api03-x", KeyKind.WORKSPACE),
        ("sk-ant-oat01-x", KeyKind.OAUTH),
        ("sk-ant-usr-x", KeyKind.PERSON),
        ("eyJhbGciOi", KeyKind.UNKNOWN),
    ],
)
def test_kinds(key: str, kind: KeyKind) -> None:
    assert KeyKind.of(key) is kind


def test_a_credential_does_not_show_itself() -> None:
    assert "hidden" not in repr(credential(api_key=Secret("hidden")))

"""Which of its ways google-auth will take to credentials, and whether their files can be used."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from ccsync.adc.errors import LoginRefused

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"

Kind: TypeAlias = Literal["key", "federation", "user", "impersonation", "metadata", "other"]

_TYPES: Mapping[str, Kind] = {
    "service_account": "key",
    "external_account": "federation",
    "external_account_authorized_user": "user",
    "authorized_user": "user",
    "impersonated_service_account": "impersonation",
}
UNCHANGED = "it has to be a file made by gcloud or by the Google Cloud console, unchanged"
"""What a credentials file must be; to stand after a semicolon."""


def way_found() -> tuple[Kind, str]:
    """Say which of the ways google-auth will take, and look at its files.

    Raises:
        LoginRefused: a file is missing, or is not what it should be.
    """
    given = os.environ.get(VARIABLE, "")
    if given:
        return _by_file(Path(given), f"({VARIABLE})")
    stored = _gcloud_folder() / "application_default_credentials.json"
    if stored.is_file():
        return _by_file(stored, "(gcloud auth application-default login)")
    return "metadata", "the metadata server"


def _gcloud_folder() -> Path:
    configured = os.environ.get("CLOUDSDK_CONFIG")
    if configured:
        return Path(configured)
    try:
        return Path.home() / ".config" / "gcloud"
    except RuntimeError:  # a user without a home, as in a container
        return Path("/nonexistent")


def _by_file(path: Path, named_by: str) -> tuple[Kind, str]:
    where = f"{path} {named_by}"
    try:
        content: object = json.loads(path.read_bytes())
    except OSError as error:
        raise LoginRefused(
            f"the credentials file {where} cannot be read: {error.strerror}; mount it, or name "
            "another one"
        ) from None
    except ValueError:
        raise LoginRefused(f"the credentials file {where} is not JSON; {UNCHANGED}") from None
    if not isinstance(content, dict):
        raise LoginRefused(f"the credentials file {where} holds no credentials; {UNCHANGED}")
    facts = cast("dict[str, Any]", content)
    kind = _TYPES.get(str(facts.get("type")), "other")
    if kind == "federation":
        _look_for_token(facts, where)
    names = {
        "key": "the key file",
        "federation": "the federation file",
        "user": "the login of a user in",
        "impersonation": "the impersonation file",
    }
    return kind, f"{names.get(kind, 'the credentials file')} {where}"


def _look_for_token(facts: Mapping[str, Any], where: str) -> None:
    source = facts.get("credential_source")
    token = cast("dict[str, Any]", source).get("file") if isinstance(source, dict) else None
    if isinstance(token, str) and not Path(token).is_file():
        raise LoginRefused(
            f"the federation file {where} says that a token is in {token}, and there is none: "
            "mount a projected service account token there, with the audience of the identity pool"
        )

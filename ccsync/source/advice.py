"""What the API complains about, and what a user can do about it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from ccsync.source.kind import KeyKind
from ccsync.source.text import one_line

_NEEDED = (
    "Needed is an Admin key (sk-ant-admin..., made by an admin of the organization in the Console "
    "under Settings > Admin keys), a key of a person or service account with admin rights that is "
    "not bound to a workspace, or a bearer token with the scope org:admin"
)
_OTHER_PLACES = (
    "Claude Enterprise organizations (claude.ai) have their Claude Code usage in the Enterprise "
    "Analytics API, which ccsync does not read; Team plans and single accounts have none"
)
_WORKLOAD_IDENTITY = "the Console under Workload identity"
_UNSERVED = ("organization_type_not_supported", "parent_organization_required")
_LIMITS = ("usage threshold", "usage limit", "spend limit", "spending limit", "monthly")


class Complaint(msgspec.Struct, frozen=True):
    """An error body, as far as it can be read."""

    status: int
    kind: str = ""
    """`error.type`."""

    message: str = ""
    code: str = ""
    """`error.details.error_code`."""

    request_id: str = ""
    web_page: bool = False

    @classmethod
    def of(cls, status: int, body: bytes, request_id: str) -> Complaint:
        """Read an error body of any shape, or none."""
        if body.lstrip()[:1] == b"<":
            return cls(status, request_id=request_id, web_page=True)
        try:
            whole: object = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            return cls(status, request_id=request_id)
        error = _field(whole, "error")
        return cls(
            status,
            _text(error, "type"),
            _text(error, "message"),
            _text(_field(error, "details"), "error_code"),
            request_id or _text(whole, "request_id"),
        )

    @property
    def limit_reached(self) -> bool:
        """A 429 that no waiting clears: a limit on usage or spend was reached."""
        text = f"{self.code.replace('_', ' ')} {self.message}".lower()
        return self.status == 429 and any(limit in text for limit in _LIMITS)

    def __str__(self) -> str:
        """Say it in one line."""
        parts = [str(self.status), self.kind, f"({self.code})" if self.code else ""]
        text = " ".join(part for part in parts if part)
        if self.message:
            text += f': "{self.message}"'
        elif self.web_page:
            text += " with a web page"
        return text + f" (request-id {self.request_id or 'not given'})"


def advice(said: Complaint, key: KeyKind) -> str:
    """Say what to do about a refusal."""
    if said.limit_reached:
        return (
            "A limit on usage or spend is reached; waiting does not help. An admin can raise it in "
            "the Console under Settings > Limits"
        )
    match said.status:
        case 401 if key is KeyKind.ADMIN:
            return (
                "the Admin key is wrong, revoked or expired: make a new one in Claude Console > "
                "Settings > Admin keys"
            )
        case 401 if key is KeyKind.FEDERATED:
            return (
                "The API refuses the token that it gave for the login of source.federation: is the "
                "service account, or its rule, archived or just changed? "
                f"See {_WORKLOAD_IDENTITY}"
            )
        case 401:
            return (
                f"{_is(key)}The API does not know it: it is wrong, revoked or expired (keys can "
                + (f"have an expiry date, tokens always have). {_NEEDED}")
            )
        case 402:
            return "Billing stands in the way: look at Settings > Billing in the Console"
        case 403 | 404 if said.code in _UNSERVED:
            return f"This kind of organization is not served by this API. {_OTHER_PLACES}"
        case 403 if said.web_page:
            return (
                "The API answers in JSON: a proxy, a firewall or a gateway answered in its place. "
                "Look at source.base_url, HTTPS_PROXY and NO_PROXY"
            )
        case 403 if key is KeyKind.FEDERATED:
            return (
                "The login of source.federation worked, but its token is not good for this: the "
                "rule's scope (oauth_scope) has to be org:admin, and the service account's role "
                f"(organization_role) admin. A person sets both in {_WORKLOAD_IDENTITY}"
            )
        case 403:
            return f"{_is(key)}{_wrong_kind(said, key)}{_NEEDED}"
        case 404:
            return (
                "Is source.base_url right, and does no proxy answer in the API's place? Otherwise "
                f"this organization does not have the endpoint. {_OTHER_PLACES}"
            )
        case 407:
            return "A proxy wants a login: see HTTPS_PROXY and NO_PROXY in the environment"
        case _:
            return (
                "The API does not take this request. Does the day lie before the organization was "
                "made, or is something else than the API answering at source.base_url?"
            )


def prospects(key: KeyKind, *, bearer: bool) -> tuple[bool, str]:
    """Say whether a credential of this kind can work, and why not. The API has the last word.

    Args:
        key: what the prefix tells.
        bearer: whether it is sent as a bearer token.
    """
    if key is KeyKind.FEDERATED:
        return True, "works with the scope org:admin, and is renewed before it expires"
    if bearer and key not in (KeyKind.OAUTH, KeyKind.UNKNOWN):
        return False, "it is sent as a bearer token, and is a key: write it under source.api_key"
    match key:
        case KeyKind.ADMIN:
            return True, "the kind that this API is made for"
        case KeyKind.PERSON:
            return True, "works if its owner has admin rights and it is not bound to a workspace"
        case KeyKind.OAUTH if not bearer:
            return False, "it is sent as a key: write it under source.bearer_token"
        case KeyKind.OAUTH:
            return True, "works with the scope org:admin, until it expires"
        case KeyKind.WORKSPACE:
            return False, f"keys that are bound to a workspace do not work here. {_NEEDED}"
        case KeyKind.ENTERPRISE:
            return False, f"Enterprise keys do not work here. {_OTHER_PLACES}. {_NEEDED}"
        case KeyKind.UNKNOWN if bearer:
            return True, "OAuth tokens begin with sk-ant-oat...; a gateway may want another one"
        case _:
            return False, (
                "no key of this API begins like it: was it copied whole, and is it this variable? "
                f"{_NEEDED}"
            )


def _is(key: KeyKind) -> str:
    return "" if key is KeyKind.UNKNOWN else f"The credential looks like {key.value}. "


def _wrong_kind(said: Complaint, key: KeyKind) -> str:
    text = said.message.lower()
    if key is KeyKind.ENTERPRISE or "enterprise" in text:
        return f"Enterprise keys do not work here. {_OTHER_PLACES}. "
    if key is KeyKind.WORKSPACE or "workspace" in text:
        return "Keys that are bound to a workspace do not work here. "
    if "subscription" in text:
        return f"{_OTHER_PLACES}. "
    return ""


def _field(value: object, name: str) -> object:
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None


def _text(value: object, name: str) -> str:
    found = _field(value, name)
    return one_line(found) if isinstance(found, str) else ""

"""One login by workload identity federation: an identity token in, a short-lived access token out.

The API says why it refuses a login to nobody but the organization's admins, in the Console. So the
messages here say what to compare, and what is visibly wrong with the identity token.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import msgspec

from ccsync import redact
from ccsync.errors import SourceDrift, SourceRefused
from ccsync.runtime import Runtime
from ccsync.secret import Secret
from ccsync.settings.model import FederationSettings
from ccsync.source.advice import Complaint
from ccsync.source.answers import Answer, Question, check
from ccsync.source.identity import IdentityToken
from ccsync.source.keyfile import checked_key
from ccsync.source.kind import KeyKind
from ccsync.source.pages import NotJsonError, read_json
from ccsync.source.sender import Sender
from ccsync.source.text import one_line

TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 - a path
SCOPE = "org:admin"
"""What the token has to be good for."""

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_BETAS = "oauth-2025-04-20,oidc-federation-2026-04-01"
"""What the vendor's own client sends along; the documentation does without."""

_SHORTEST = 60.0
"""Seconds: the API gives no shorter life, so an answer without `expires_in` has it at least."""

_ABOUT = "login by workload identity federation"
_OTHERWISE = frozenset((402, 407, 408, 409, 429))
"""Refusals that mean here what they mean everywhere."""

_HISTORY = "Console > Workload identity > history"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class DeniedError(SourceRefused):
    """The API refused the login (401), and does not say why."""

    def __init__(self, message: str, *, certain: bool = False) -> None:
        """Say what is known, and whether the identity token is certainly the reason."""
        super().__init__(message)
        self.certain = certain


class Login(msgspec.Struct, frozen=True):
    """A token that the API gave, and how long it is good."""

    token: Secret
    begins: float
    """The moment of `runtime.monotonic` just before it was asked for."""

    lifetime: float
    """Seconds from then on."""

    scope: str
    """What the API says that it is good for; "" when it does not say."""

    identity: IdentityToken

    @property
    def is_enough(self) -> bool:
        """False when the API says that the token is not good for usage reports."""
        return not self.scope or SCOPE in self.scope.split()


class _Answer(msgspec.Struct, frozen=True):
    access_token: str
    token_type: str | None = None
    expires_in: float | None = None
    scope: str | None = None


def log_in(settings: FederationSettings, sender: Sender, runtime: Runtime) -> Login:
    """Exchange the identity token once; its file is read for this.

    Raises:
        NoAnswerError: trying again may help.
        DeniedError: the API refused the identity token, the rule, or both together.
        SourceRefused: the file or the request cannot be used, or the answer makes no sense.
        SourceUnavailable: the API fails, and says that trying again does not help.
        Stopped: the process is asked to end.
    """
    identity = IdentityToken.read(settings)
    assertion = identity.secret.reveal()
    question = Question(TOKEN_PATH, about=_ABOUT)
    begins = runtime.monotonic()
    answer = sender.send(
        question,
        {"anthropic-beta": _BETAS},
        secret=assertion,
        json=msgspec.json.encode(_body(settings, assertion)),
    )
    now = sender.clock.corrected(runtime.now())
    told = answer.headers.get("x-should-retry", "").strip().lower()
    if 400 <= answer.status < 500 and answer.status not in _OTHERWISE and told != "true":
        raise _refused(answer, settings, identity, host=sender.host, now=now)
    check(answer, question, host=sender.host, key=KeyKind.FEDERATED, now=now)
    try:
        said = read_json(answer.body, _Answer, what=_ABOUT)
        token, lifetime = _token(said), _lifetime(said)
    except NotJsonError as error:
        raise sender.not_json(question, answer, error) from None
    except (SourceDrift, ValueError) as error:
        # Not SourceDrift: it is no day's data that cannot be read, and every day would fail alike.
        raise SourceRefused(
            f"{_ABOUT}: the answer of {sender.host} cannot be used: {error} {answer.mark}"
        ) from None
    sender.understood()
    redact.register(token)
    return Login(Secret(token), begins, lifetime, one_line(said.scope or ""), identity)


def _body(settings: FederationSettings, assertion: str) -> dict[str, str]:
    body = {
        "grant_type": _GRANT,
        "assertion": assertion,
        "federation_rule_id": settings.rule_id.strip(),
        "organization_id": settings.organization_id.strip(),
        "service_account_id": settings.service_account_id.strip(),
    }
    if workspace := settings.workspace_id.strip():
        body["workspace_id"] = workspace
    return body


def _token(said: _Answer) -> str:
    token = checked_key(said.access_token, empty="There is no access_token")
    if said.token_type is not None and said.token_type.lower() != "bearer":
        raise ValueError("token_type is not Bearer, and no other kind is known")
    return token


def _lifetime(said: _Answer) -> float:
    if said.expires_in is None:
        return _SHORTEST
    if not 0 < said.expires_in < float("inf"):
        raise ValueError("expires_in is no number of seconds from now on")
    return said.expires_in


def _refused(
    answer: Answer,
    settings: FederationSettings,
    identity: IdentityToken,
    *,
    host: str,
    now: dt.datetime,
) -> SourceRefused:
    said = Complaint.of(answer.status, answer.body, answer.request_id)
    what = f"{_ABOUT}: {host} answered {said}. "
    odd = "".join(f"{one}. " for one in odd_ids(settings))
    if said.web_page or answer.status in (404, 405):
        return SourceRefused(
            f"{what}It is {TOKEN_PATH} below source.base_url that gives tokens: is the address "
            "right, and does no proxy or gateway answer in the API's place?"
        )
    if answer.status != 401:
        return SourceRefused(
            f"{what}{odd}The API does not take the request itself. Look at rule_id, "
            "organization_id and service_account_id under source.federation, and set workspace_id "
            "if the rule covers more than one workspace"
        )
    certain = list(identity.faults(now))
    visible = "".join(f"{one[0].upper()}{one[1:]}. " for one in (*certain, *identity.doubts()))
    return DeniedError(
        f"{what}{visible}{odd}It tells the reason to nobody but admins: {_HISTORY}. Compare there: "
        f"rule {settings.rule_id} has to be for this organization and for service account "
        f"{settings.service_account_id}, neither of them archived, and has to match the identity "
        f"token in {identity.path} ({identity}); its issuer has to be registered with the keys "
        "(JWKS) that the cluster signs with now",
        certain=bool(certain),
    )


def odd_ids(settings: FederationSettings) -> Iterator[str]:
    """Say which ids do not look like what they should be; the API has the last word."""
    for name, value, prefix in (
        ("rule_id", settings.rule_id, "fdrl_"),
        ("service_account_id", settings.service_account_id, "svac_"),
    ):
        if not value.strip().startswith(prefix):
            yield f"source.federation.{name} does not begin with {prefix}, as such ids do"
    if not _UUID.fullmatch(settings.organization_id.strip()):
        yield "source.federation.organization_id is no UUID, as the API wants it"
    workspace = settings.workspace_id.strip()
    if workspace and workspace != "default" and not workspace.startswith("wrkspc_"):
        yield "source.federation.workspace_id is neither default nor does it begin with wrkspc_"

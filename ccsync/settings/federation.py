"""The section `source.federation:`: who asks, where nobody has a key."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta


class FederationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A login without a key: the workload's identity token is exchanged for a short-lived token."""

    rule_id: Annotated[
        str,
        Meta(
            description=(
                "The federation rule, fdrl_...; its scope has to be org:admin. Default: "
                "ANTHROPIC_FEDERATION_RULE_ID in the environment."
            ),
        ),
    ] = ""
    organization_id: Annotated[
        str,
        Meta(
            description=(
                "UUID of the organization. Default: ANTHROPIC_ORGANIZATION_ID in the environment."
            ),
        ),
    ] = ""
    service_account_id: Annotated[
        str,
        Meta(
            description=(
                "The service account to act as, svac_...; its role has to be admin. Default: "
                "ANTHROPIC_SERVICE_ACCOUNT_ID in the environment."
            ),
        ),
    ] = ""
    workspace_id: Annotated[
        str,
        Meta(
            description=(
                "wrkspc_... or default; needed only where the rule covers several workspaces. "
                "Default: ANTHROPIC_WORKSPACE_ID in the environment."
            ),
        ),
    ] = ""
    token_file: Annotated[
        str,
        Meta(
            description=(
                "File with the identity token, read at each login. Default: "
                "ANTHROPIC_IDENTITY_TOKEN_FILE in the environment, else what is shown here."
            ),
        ),
    ] = "/var/run/secrets/anthropic.com/token"  # noqa: S105 - a path

    def __post_init__(self) -> None:
        """Check rules across fields."""
        required = ("rule_id", "organization_id", "service_account_id", "token_file")
        missing = [name for name in required if not getattr(self, name).strip()]
        if missing:
            raise ValueError(
                f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: write it "
                f"here, or set {', '.join(FEDERATION_VARIABLES[name] for name in missing)} in the "
                "environment, where empty counts as not set"
            )
        if re.match(r"eyJ[\w-]*\.", self.token_file):
            raise ValueError(
                "token_file holds a token, and wants the name of the file that holds it: tokens "
                "expire, and the file is read anew for each login"
            )


FEDERATION_VARIABLES = {
    "rule_id": "ANTHROPIC_FEDERATION_RULE_ID",
    "organization_id": "ANTHROPIC_ORGANIZATION_ID",
    "service_account_id": "ANTHROPIC_SERVICE_ACCOUNT_ID",
    "workspace_id": "ANTHROPIC_WORKSPACE_ID",
    "token_file": "ANTHROPIC_IDENTITY_TOKEN_FILE",
}
"""Where a field of the section comes from when it is not written; the vendor's own names."""

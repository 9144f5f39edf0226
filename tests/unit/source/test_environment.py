from __future__ import annotations

import pytest

from ccsync.source.environment import find_key

ADMIN = "sk-ant-admin01-hidden"
WORKSPACE = "sk-ant-api03-hidden"
TOKEN = "sk-ant-oat01-hidden"  # noqa: S105 - invented


@pytest.mark.parametrize(
    ("environ", "name", "is_set", "said"),
    [
        ({}, "ANTHROPIC_ADMIN_KEY", False, "no key: none of"),
        ({"ANTHROPIC_ADMIN_KEY": ADMIN}, "ANTHROPIC_ADMIN_KEY", True, "an Admin key"),
        ({"ANTHROPIC_ADMIN_KEY": " \n"}, "ANTHROPIC_ADMIN_KEY", False, "is set, but empty"),
        ({"ADMIN_API_KEY": ADMIN}, "ADMIN_API_KEY", True, "an Admin key"),
        (
            {"ANTHROPIC_ADMIN_KEY": "", "ANTHROPIC_ADMIN_API_KEY": ADMIN},
            "ANTHROPIC_ADMIN_API_KEY",
            True,
            "ANTHROPIC_ADMIN_KEY is set, but empty",
        ),
        ({"ANTHROPIC_ADMIN_KEY": WORKSPACE}, "ANTHROPIC_ADMIN_KEY", True, "ccsync check"),
        ({"ANTHROPIC_API_KEY": ADMIN}, "ANTHROPIC_API_KEY", True, "it is used"),
        ({"ANTHROPIC_API_KEY": WORKSPACE}, "ANTHROPIC_ADMIN_KEY", False, "bound to a workspace"),
        ({"ANTHROPIC_API_KEY": "sk-ant-api01-hidden"}, "ANTHROPIC_ADMIN_KEY", False, "another API"),
        ({"ANTHROPIC_API_KEY": "sk-ant-usr-hidden"}, "ANTHROPIC_ADMIN_KEY", False, "an admin's"),
        ({"ANTHROPIC_API_KEY": "hidden"}, "ANTHROPIC_ADMIN_KEY", False, "but not used"),
        ({"ANTHROPIC_OAUTH_TOKEN": TOKEN}, "ANTHROPIC_OAUTH_TOKEN", True, "expires soon"),
        ({"ANTHROPIC_AUTH_TOKEN": "hidden"}, "ANTHROPIC_ADMIN_KEY", False, "no key"),
        ({"ANTHROPIC_FEDERATION_RULE_ID": "x"}, "ANTHROPIC_FEDERATION_RULE_ID", True, "logs in"),
        ({"ANTHROPIC_FEDERATION_RULE_ID": " "}, "ANTHROPIC_ADMIN_KEY", False, "no key"),
        (
            {"ANTHROPIC_FEDERATION_RULE_ID": "x", "ANTHROPIC_OAUTH_TOKEN": TOKEN},
            "ANTHROPIC_FEDERATION_RULE_ID",
            True,
            "needs ANTHROPIC_ORGANIZATION_ID and ANTHROPIC_SERVICE_ACCOUNT_ID, too",
        ),
        (
            {"ANTHROPIC_FEDERATION_RULE_ID": "x", "ANTHROPIC_ADMIN_KEY": ADMIN},
            "ANTHROPIC_ADMIN_KEY",
            True,
            "an Admin key",
        ),
        (
            {"ANTHROPIC_OAUTH_TOKEN": TOKEN, "ANTHROPIC_ADMIN_API_KEY": ADMIN},
            "ANTHROPIC_ADMIN_API_KEY",
            True,
            "an Admin key",
        ),
    ],
)
def test_what_is_found(environ: dict[str, str], name: str, is_set: bool, said: str) -> None:
    found = find_key(environ)
    assert (found.name, found.is_set) == (name, is_set)
    assert said in "\n".join(found.remarks)
    assert "hidden" not in str(found)
    assert found.bearer == (name == "ANTHROPIC_OAUTH_TOKEN")

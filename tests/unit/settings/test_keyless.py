from __future__ import annotations

import pytest

from ccsync.settings.document import FAULTY, Document, read
from ccsync.settings.keyless import without_key

ADMIN = "sk-ant-admin01-hidden"


def document(source: str, environ: dict[str, str], *, allowed: bool) -> Document:
    found = read(f"version: 1\nsource: {{{source}}}\n", environ)
    without_key(found, environ, allowed=allowed)
    return found


@pytest.mark.parametrize("environ", [{}, {"K": ""}])
def test_who_asks_nothing_needs_no_key(environ: dict[str, str]) -> None:
    found = document('api_key: "${K}"', environ, allowed=True)
    assert found.faults == []
    assert found.value["source"]["api_key"] is not FAULTY
    assert found.environment["source", "api_key"].written == "${K}"


@pytest.mark.parametrize("source", ['page_size: "${K}"', 'api_key: "${K"', 'api_key: "${K}${"'])
def test_every_other_fault_stays(source: str) -> None:
    assert document(source, {}, allowed=True).faults


@pytest.mark.parametrize(
    ("source", "environ", "said"),
    [
        ('api_key: "${K}"', {}, "K is not set; export it: an Admin key (sk-ant-admin...)"),
        ('api_key: "${K}"', {"K": ""}, "K is empty; export it"),
        (
            'api_key: "${K}"',
            {"ANTHROPIC_ADMIN_API_KEY": ADMIN},
            "K is not set, but ANTHROPIC_ADMIN_API_KEY holds a key: write "
            "${ANTHROPIC_ADMIN_API_KEY} here",
        ),
        ('api_key_file: "${K}/key"', {}, "write the name of the file here"),
        ('bearer_token: "${K}"', {}, "an OAuth token with the scope org:admin"),
    ],
)
def test_where_keys_come_from(source: str, environ: dict[str, str], said: str) -> None:
    (fault,) = document(source, environ, allowed=False).faults
    assert said in fault.message
    assert "hidden" not in fault.message
    assert (fault.position.line, fault.path[0]) == (2, "source")


def test_a_variable_that_is_set_is_left_alone() -> None:
    found = document('api_key: "${K}"', {"K": ADMIN}, allowed=False)
    assert found.value["source"]["api_key"] == ADMIN


def test_settings_that_are_no_mapping() -> None:
    for text in ("", "5", "source: 5", "- ${K}", "source: [{api_key: '${K}'}]"):
        without_key(read(text, {}), {}, allowed=True)

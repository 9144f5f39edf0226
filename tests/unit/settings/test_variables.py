"""Putting the environment into a scalar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.settings.variables import expand

ENVIRON = {"A": "1", "B_2": "two", "EMPTY": "", "NESTED": "${A}", "DOLLAR": "$$"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${A}", "1"),
        ("x${A}y${B_2}z", "x1ytwoz"),
        ("${EMPTY:-d}", "d"),
        ("${GONE:-}", ""),
        ("${GONE:-a:-b c}", "a:-b c"),
        ("${A:-d}", "1"),
        ("$${A}", "${A}"),
        ("$$$${A}", "$${A}"),
        ("$$${A}", "$1"),
        ("${GONE:-$$5}", "$5"),
        ("$A costs $5 $", "$A costs $5 $"),
        ("${NESTED}", "${A}"),
        ("${DOLLAR}", "$$"),
    ],
)
def test_expands_once(text: str, expected: str) -> None:
    expanded = expand(text, ENVIRON)
    assert expanded.text == expected
    assert not expanded.faults


@pytest.mark.parametrize("text", ["${", "${}", "${1A}", "${A", "${A:d}", "${A:-${B_2}}", "${ A }"])
def test_anything_else_with_a_brace_is_a_fault(text: str) -> None:
    assert "must go on as ${NAME}" in expand(text, ENVIRON).faults[0]


@pytest.mark.parametrize(("name", "state"), [("GONE", "not set"), ("EMPTY", "empty")])
def test_unset_and_empty_are_faults_that_name_the_way_out(name: str, state: str) -> None:
    assert expand(f"${{{name}}}", ENVIRON).faults == (
        f"environment variable {name} is {state}; export it, or, where a default makes sense, "
        f"write ${{{name}:-default}}",
    )


def test_says_what_came_from_the_environment_and_what_is_needed() -> None:
    expanded = expand("${A} ${GONE:-x} ${B_2}", ENVIRON)
    assert expanded.values == ("1", "two")
    assert expanded.required == ("A", "B_2")


@given(st.text(alphabet="ab ${}:-\n", max_size=30))
def test_a_value_is_never_looked_at_again(value: str) -> None:
    expanded = expand("${V:-d}", {"V": value})
    assert expanded.text == (value or "d")
    assert not expanded.faults

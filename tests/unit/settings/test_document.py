"""A YAML text as values, positions and faults."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.settings.document import FAULTY, MAX_DEPTH, Origin, Position, read


def messages(text: str, **environ: str) -> list[str]:
    return [fault.message for fault in read(text, environ).faults]


def test_values_and_positions() -> None:
    document = read("a:\n  b: [1, two]\n'c d': 'x'\n", {})
    assert document.value == {"a": {"b": [1, "two"]}, "c d": "x"}
    assert document.keys[("a", "b")] == Position(2, 3)
    assert document.values[("a", "b")] == Position(2, 6)
    assert document.values[("a", "b", 1)] == Position(2, 10)
    assert document.keys[("c d",)] == Position(3, 1)


def test_yaml_1_2_words_stay_text() -> None:
    text = "a: no\nb: 12:30\nc: 2026-01-31\nd: 010\n1: x\n"
    assert read(text, {}).value == {"a": "no", "b": "12:30", "c": "2026-01-31", "d": 10, "1": "x"}


def test_a_plain_variable_is_resolved_again_and_a_quoted_one_is_text() -> None:
    document = read("a: ${N}\nb: '${N}'\nc: \"${N}\"\nd: >-\n  ${N}\n", {"N": "5"})
    assert document.value == {"a": 5, "b": "5", "c": "5", "d": "5"}


def test_a_variable_cannot_change_the_structure() -> None:
    document = read("a: ${N}\n", {"N": "1\nsync:\n  lookback_days: 90"})
    assert document.value == {"a": "1\nsync:\n  lookback_days: 90"}


def test_variables_are_not_looked_for_in_names_and_comments() -> None:
    assert read("${N}: 1 # ${M}\n", {}).value == {"${N}": 1}


def test_remembers_what_came_from_the_environment() -> None:
    document = read("a: x${N}\nb: ${GONE:-1}\n", {"N": "5"})
    assert document.environment == {("a",): Origin("x${N}", "x5", ("5",))}
    assert document.required == ["N"]


def test_an_unset_variable_is_a_fault_at_its_place() -> None:
    document = read("a:\n  b: ${GONE}\n", {})
    assert document.value == {"a": {"b": FAULTY}}
    assert document.faults[0].position == Position(2, 6)
    assert document.faults[0].path == ("a", "b")
    assert "GONE is not set; export it" in document.faults[0].message


def test_duplicate_names_are_faults_and_the_first_stays() -> None:
    document = read("a: 1\nb: 2\na: 3\n", {})
    assert document.value == {"a": 1, "b": 2}
    assert document.faults[0].position == Position(3, 1)
    assert document.faults[0].message == "duplicate name (first set on line 1)"


def test_aliases_are_followed() -> None:
    assert read("a: &x {n: 1}\nb: *x\nc: *x\n", {}).value["c"] == {"n": 1}


def test_no_billion_laughs() -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "more than 20000 values" in messages("\n".join(lines))[0]


def test_recursion_is_refused() -> None:
    assert messages("a: &x\n  b: [*x]\n") == ["an anchor that contains itself"]


def test_depth_is_bounded_before_the_stack_is() -> None:
    assert messages("[" * 10_000) == [f"nested deeper than {MAX_DEPTH} levels"]


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("a: [1\nb: 2\n", (2, 2), "not valid YAML"),
        ("a: 1\n\tb: 2\n", (2, 1), "indent with blanks"),
        ("a: {b: ${N}}\n", (1, 9), "needs quotes"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document"),
        ("a: *gone\n", (1, 4), "undefined alias"),
        ("a: 1\nb: \x07\n", (2, 4), "control character"),
        ("a: !!str 5\n", (1, 4), "tags such as"),
        ("? [a]\n: b\n", (1, 3), "plain text"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", (3, 3), "merge keys"),
    ],
)
def test_what_cannot_be_read_is_one_fault_with_its_place(
    text: str, place: tuple[int, int], part: str
) -> None:
    faults = read(text, {"N": "1"}).faults
    assert [fault.position for fault in faults] == [Position(*place)]
    assert part in faults[0].message


def test_nothing_is_nothing() -> None:
    assert read("# only a comment\n", {}).value is None


@given(st.text(alphabet="ab:-?{}[]&*!|>'\"%@`#,\n\t ${}~0.x<", max_size=60))
def test_no_text_raises(text: str) -> None:
    document = read(text, {"a": "1"})
    assert document.value is not FAULTY or document.faults


@pytest.mark.parametrize("value", ["key-\udcff-of-ours", "${V}"])
def test_what_is_no_utf_8_text_is_refused_at_its_place(value: str) -> None:
    text = 'a: "\\udcff"\n' if value != "${V}" else "a: ${V}\n"
    document = read(text, {"V": "key-\udcff-of-ours"})
    (fault,) = document.faults
    assert (fault.position, fault.path) == (Position(1, 4), ("a",))
    assert fault.message.startswith("holds bytes that are not UTF-8 text")
    assert ("variable" in fault.message) == (value == "${V}")
    assert document.value == {"a": FAULTY}


def test_nor_may_a_text_hold_what_ends_the_name_of_a_file() -> None:
    assert messages('a: "x\\0y"\n') == ["holds a character of value zero (\\0)"]


def test_names_are_text_as_well() -> None:
    said = "a name holds bytes that are not UTF-8 text"
    assert messages('a: {"b\\ud800": 1}\n') == [said]

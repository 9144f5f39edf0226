from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest

from ccsync.state.kubernetes import configmap
from ccsync.state.kubernetes.configmap import ConfigMap, NotOursError, TooLargeError

DAY = dt.date(2026, 11, 19)
EARLIER = DAY - dt.timedelta(days=1)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def empty(**parts: Any) -> ConfigMap:
    return configmap.read({"kind": "ConfigMap", "metadata": {"name": "ccsync"}, **parts})


def test_an_empty_configmap_has_nothing() -> None:
    assert (empty().document, empty().version, dict(empty().memory)) == (None, "", {})


def test_what_is_written_is_read() -> None:
    made = empty().with_document(b"{}").with_note("a", DAY, b"note").with_note("a", EARLIER, b"")
    again = configmap.read(made.encoded())
    assert again.document == b"{}"
    assert again.version == made.version == configmap.version_of(b"{}")
    assert again.memory == {(DAY, "a"): b"note", (EARLIER, "a"): b""}


def test_the_same_document_is_the_same_bytes() -> None:
    assert empty().with_document(b"{}").ledger == empty().with_document(b"{}").ledger


@pytest.mark.parametrize(
    ("sink", "key"),
    [
        ("honeycomb", "memory.honeycomb.2026-11-19"),
        ("a-B.c_d", "memory.a-B_2ec_5fd.2026-11-19"),
        ("Zürich", "memory.Z_c3_bcrich.2026-11-19"),
    ],
)
def test_keys_are_readable_and_legal(sink: str, key: str) -> None:
    made = empty().with_note(sink, DAY, b"note")
    assert list(made.encoded()["binaryData"]) == [key]
    assert configmap.read(made.encoded()).memory == {(DAY, sink): b"note"}


def test_the_longest_name_of_a_sink_has_a_key() -> None:
    (key,) = empty().with_note("_" * 63, DAY, b"note").encoded()["binaryData"]
    assert len(key) <= 253


def test_what_is_not_ours_stays_as_it_is() -> None:
    foreign = {"binaryData": {"theirs": "AAECAw==", "memory.x": "AA==", "memory.a.2026-13-01": ""}}
    raw = {"data": {"note": "hands off"}, "immutable": False, "other": 1, **foreign}
    made = empty(**raw).with_document(b"{}")
    sent = made.encoded()
    assert sent["data"] == {"note": "hands off"}
    assert sent["other"] == 1
    assert {key: one for key, one in sent["binaryData"].items() if key != "ledger"} == foreign[
        "binaryData"
    ]
    assert made.foreign == len("hands off") + 4 + 1


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"data": {"ledger": "{}"}}, r"data\.ledger"),
        ({"data": {"memory.a.2026-11-19": "x"}}, r"data\.memory\.a\.2026-11-19"),
        ({"binaryData": {"ledger": "no base64"}}, r"binaryData\.ledger"),
    ],
)
def test_a_key_of_ours_with_something_else_is_named(raw: dict[str, Any], key: str) -> None:
    with pytest.raises(NotOursError, match=key):
        empty(**raw)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x1f\x8b\x08\x00", configmap.LEDGER.encode()])
def test_a_ledger_that_is_not_compressed_is_not_ours(content: bytes) -> None:
    found = empty(binaryData={"ledger": encoded(content)})
    with pytest.raises(NotOursError, match="ledger"):
        _ = found.document


def test_a_value_of_null_is_empty() -> None:
    assert empty(binaryData={"memory.a.2026-11-19": None}).memory == {(DAY, "a"): b""}
    assert empty(binaryData=None, data=None).memory == {}


def test_the_oldest_day_is_dropped_and_told() -> None:
    full = empty().with_note("b", EARLIER, b"x" * 40).with_note("a", DAY, b"x" * 40)
    made = full.with_note("c", DAY, b"x" * 40, limit=100)
    assert made.dropped == ((EARLIER, "b"),)
    assert sorted(made.memory) == [(DAY, "a"), (DAY, "c")]
    assert full.dropped == ()


def test_the_day_in_hand_is_dropped_last() -> None:
    full = empty().with_note("a", DAY, b"x" * 60)
    made = full.with_note("a", EARLIER, b"x" * 60, limit=100)
    assert (made.dropped, list(made.memory)) == (((DAY, "a"),), [(EARLIER, "a")])


def test_a_note_that_fits_nowhere_drops_no_other() -> None:
    full = empty().with_note("a", EARLIER, b"x" * 60).with_note("b", DAY, b"x" * 30)
    made = full.with_note("b", DAY, b"x" * 101, limit=100)
    assert (made.dropped, list(made.memory)) == (((DAY, "b"),), [(EARLIER, "a")])


def test_what_others_keep_there_counts() -> None:
    full = empty(data={"theirs": "ü" * 30}).with_note("a", DAY, b"x" * 30, limit=90)
    assert full.dropped == ()
    assert full.with_note("a", DAY, b"x" * 31, limit=90).dropped == ((DAY, "a"),)


def test_a_document_too_large_says_how_large() -> None:
    full = empty(data={"theirs": "x" * 90}).with_note("a", DAY, b"x" * 5)
    with pytest.raises(TooLargeError) as caught:
        full.with_document(b"{}", limit=100)
    assert caught.value.foreign == 90
    assert caught.value.ledger > 10

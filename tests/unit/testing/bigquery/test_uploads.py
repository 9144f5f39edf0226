from __future__ import annotations

from typing import Any

import pytest

from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.uploads import Uploads, multipart

JOB = b'{"configuration": {"load": {}}}'
RESOURCE: dict[str, Any] = {"configuration": {"load": {}}}


def body(*parts: bytes) -> bytes:
    head = b"content-type: application/json\r\n\r\n"
    return b"".join(b"--==x==\r\n" + head + part + b"\r\n" for part in parts) + b"--==x==--"


def test_two_parts_are_a_job_and_its_lines() -> None:
    lines = b'{"a": "\r\n\r\n"}\r\n{}\n'
    for boundary in ('"==x=="', "==x=="):
        content_type = f"multipart/related; boundary={boundary}"
        assert multipart(content_type, body(JOB, lines)) == (RESOURCE, lines)


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("multipart/related", body(JOB, b"")),
        ("multipart/related; boundary===x==", body(JOB)),
        ("multipart/related; boundary===x==", body(b"[]", b"")),
        ("multipart/related; boundary===x==", body(b"{", b"")),
    ],
)
def test_other_bodies_are_refused(content_type: str, sent: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        multipart(content_type, sent)
    assert refused.value.status == 400


def test_pieces_follow_each_other_and_may_be_sent_again() -> None:
    uploads = Uploads()
    name = uploads.begin(JOB)
    assert uploads.put(name, "bytes 0-2/*", b"abc") == 3
    assert uploads.put(name, "bytes 0-2/*", b"abc") == 3
    assert uploads.put(name, "bytes */*", b"") == 3
    assert uploads.put(name, "bytes 3-4/6", b"de") == 5
    assert uploads.put(name, "bytes 5-5/6", b"f") == (RESOURCE, b"abcdef")
    with pytest.raises(ApiError, match="Not found: Upload"):
        uploads.put(name, "bytes 5-5/6", b"f")


def test_all_at_once_and_nothing_at_all() -> None:
    uploads = Uploads()
    assert uploads.put(uploads.begin(JOB), "", b"abc") == (RESOURCE, b"abc")
    assert uploads.put(uploads.begin(JOB), "bytes */0", b"") == (RESOURCE, b"")


@pytest.mark.parametrize("said", ["bytes 4-6/9", "lines 1-2/3"])
def test_a_piece_that_does_not_follow_is_refused(said: str) -> None:
    uploads = Uploads()
    name = uploads.begin(JOB)
    uploads.put(name, "bytes 0-2/*", b"abc")
    with pytest.raises(ApiError) as refused:
        uploads.put(name, said, b"xyz")
    assert refused.value.status == 400

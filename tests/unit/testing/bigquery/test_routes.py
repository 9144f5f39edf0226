from __future__ import annotations

import pytest

from ccsync.testing.bigquery.exchange import Call
from ccsync.testing.bigquery.routes import UNKNOWN, Route, route

P = "bigquery/v2/projects/p"


def asked(method: str, path: str, body: bytes = b"") -> Route:
    return route(Call(method, tuple(path.split("/")), {}, {}, body))


@pytest.mark.parametrize(
    ("method", "path", "operation", "place"),
    [
        ("GET", f"{P}/datasets", "datasets.list", ("p",)),
        ("POST", f"{P}/datasets", "datasets.insert", ("p",)),
        ("PATCH", f"{P}/datasets/d", "datasets.patch", ("p", "d")),
        ("POST", f"{P}/datasets/d/tables", "tables.insert", ("p", "d")),
        ("GET", f"{P}/datasets/d/tables/t", "tables.get", ("p", "d", "t")),
        ("DELETE", f"{P}/datasets/d/tables/t", "tables.delete", ("p", "d", "t")),
        (
            "POST",
            f"{P}/datasets/d/tables/t:testIamPermissions",
            "tables.testIamPermissions",
            ("p", "d", "t"),
        ),
        ("POST", f"{P}/datasets/d/tables/t/insertAll", "tabledata.insertAll", ("p", "d", "t")),
        ("GET", f"{P}/datasets/d/tables/t/data", "tabledata.list", ("p", "d", "t")),
        ("POST", f"{P}/queries", "jobs.query", ("p",)),
        ("GET", f"{P}/queries/j", "jobs.getQueryResults", ("p",)),
        ("POST", f"{P}/jobs", "jobs.insert", ("p",)),
        ("GET", f"{P}/jobs", "jobs.list", ("p",)),
        ("GET", f"{P}/jobs/j", "jobs.get", ("p",)),
        ("POST", f"{P}/jobs/j/cancel", "jobs.cancel", ("p",)),
        ("POST", f"upload/{P}/jobs", "jobs.insert", ("p",)),
        ("PUT", f"upload/{P}/jobs", "jobs.upload", ("p",)),
    ],
)
def test_methods_have_bigquerys_names(
    method: str, path: str, operation: str, place: tuple[str, ...]
) -> None:
    assert (asked(method, path).operation, asked(method, path).place) == (operation, place)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "bigquery/v2/projects/p"),
        ("GET", f"{P}/models"),
        ("PUT", f"{P}/datasets"),
        ("GET", f"{P}/datasets/d/tables/t/insertAll"),
        ("GET", f"{P}/datasets/d/routines"),
        ("PUT", f"{P}/jobs/j"),
    ],
)
def test_other_addresses_are_unknown(method: str, path: str) -> None:
    assert asked(method, path).operation == UNKNOWN


def test_a_decorator_is_no_part_of_the_name() -> None:
    found = asked("GET", f"{P}/datasets/d/tables/t$20260102")
    assert (found.place, found.decorator, found.table) == (("p", "d", "t"), "20260102", "t")


def test_a_job_names_its_table_in_the_body() -> None:
    body = b'{"configuration": {"load": {"destinationTable": {"tableId": "t$20260102"}}}}'
    assert asked("POST", f"{P}/jobs", body).table == "t"
    assert asked("POST", f"upload/{P}/jobs", b"--x\r\n" + body + b"\r\n--x--").table == "t"
    assert asked("POST", f"{P}/jobs").table is None

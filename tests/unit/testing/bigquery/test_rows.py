from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from ccsync.testing.bigquery.rows import RowError, check_partition, normalize, parse
from ccsync.testing.bigquery.schema import Field, normal

FIELDS = normal(
    [
        {"name": "date", "type": "DATE", "mode": "REQUIRED"},
        {"name": "actor", "type": "STRING", "mode": "REQUIRED"},
        {"name": "sessions", "type": "INT64"},
        {"name": "remote", "type": "BOOL"},
        {"name": "price", "type": "NUMERIC"},
        {"name": "cost", "type": "BIGNUMERIC"},
        {"name": "at", "type": "TIMESTAMP"},
        {"name": "tags", "type": "STRING", "mode": "REPEATED"},
        {
            "name": "models",
            "type": "RECORD",
            "mode": "REPEATED",
            "fields": [
                {"name": "model", "type": "STRING", "mode": "REQUIRED"},
                {"name": "tokens", "type": "INT64"},
                {"name": "cost", "type": "BIGNUMERIC"},
            ],
        },
    ]
)
GOOD: dict[str, Any] = {"date": "2026-01-02", "actor": "a@team.example"}


def refused(row: Any, fields: list[Field] = FIELDS) -> tuple[str, str]:
    with pytest.raises(RowError) as caught:
        normalize(fields, row)
    return caught.value.message, caught.value.location


def test_every_column_is_there_and_in_its_own_form() -> None:
    row = normalize(
        FIELDS,
        {
            **GOOD,
            "sessions": "12",
            "remote": "TRUE",
            "cost": "0.1250",
            "at": "2026-01-02T03:04:05+02:00",
            "models": [{"model": "opus", "tokens": 3.0}],
        },
    )

    assert row == {
        "date": "2026-01-02",
        "actor": "a@team.example",
        "sessions": 12,
        "remote": True,
        "price": None,
        "cost": "0.125",
        "at": "2026-01-02T01:04:05.000000+00:00",
        "tags": [],
        "models": [{"model": "opus", "tokens": 3, "cost": None}],
    }


def test_names_fold_case() -> None:
    assert normalize(FIELDS, {"DATE": "2026-01-02", "Actor": "x"})["actor"] == "x"


def test_an_unknown_field_is_named_and_may_be_ignored() -> None:
    assert refused({**GOOD, "x": 1}) == ("no such field: x.", "x")
    assert refused({**GOOD, "models": [{"model": "m"}, {"model": "n", "x": 1}]}) == (
        "no such field: x.",
        "models[1].x",
    )
    ignoring = normalize(FIELDS, {**GOOD, "x": 1, "models": []}, ignore_unknown=True)
    assert "x" not in ignoring


def test_what_is_required_must_be_there() -> None:
    assert refused({"date": "2026-01-02"}) == (
        "Missing required field: Msg_0_CLOUD_QUERY_TABLE.actor",
        "",
    )
    assert refused({})[0] == (
        "Missing required fields: Msg_0_CLOUD_QUERY_TABLE.date, Msg_0_CLOUD_QUERY_TABLE.actor"
    )
    assert refused({**GOOD, "models": [{"tokens": 1}]})[0].startswith("Missing required field: ")
    assert refused({**GOOD, "actor": None}) == (
        "Only optional fields can be set to NULL. Field: actor; Value: NULL",
        "actor",
    )


def test_shapes_are_checked() -> None:
    assert refused({**GOOD, "models": [{"model": ["a"]}]}) == (
        "Array specified for non-repeated field: model.",
        "models[0].model",
    )
    assert refused({**GOOD, "models": ["a"]}) == (
        "This field: models is not a record.",
        "models[0]",
    )
    assert refused({**GOOD, "tags": "a"})[1] == "tags"
    assert refused({**GOOD, "tags": [None]})[1] == "tags[0]"
    assert refused({**GOOD, "sessions": {"a": 1}})[1] == "sessions"
    assert refused([1])[0]
    assert normalize(FIELDS, {**GOOD, "tags": None})["tags"] == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sessions", "many", "Cannot convert value to integer (bad value): many"),
        ("sessions", 1.5, "Cannot convert value to integer (bad value): 1.5"),
        ("sessions", True, "Cannot convert value to integer (bad value): true"),
        (
            "sessions",
            "9223372036854775808",
            "Cannot convert value to integer (bad value): 9223372036854775808",
        ),
        ("actor", True, "Conversion from bool to string is unsupported."),
        ("remote", "yes", "Cannot convert value to boolean (bad value): yes"),
        (
            "price",
            "0.1234567891",
            "Invalid NUMERIC value: 0.1234567891 Field: price; Value: 0.1234567891",
        ),
        ("price", "1e29", "Invalid NUMERIC value: 1e29 Field: price; Value: 1e29"),
        (
            "cost",
            "0." + "1" * 39,
            f"Invalid BIGNUMERIC value: 0.{'1' * 39} Field: cost; Value: 0.{'1' * 39}",
        ),
        ("cost", "6e38", "Invalid BIGNUMERIC value: 6e38 Field: cost; Value: 6e38"),
        ("cost", "NaN", "Invalid BIGNUMERIC value: NaN Field: cost; Value: NaN"),
        ("date", "2026-02-30", "Invalid date: '2026-02-30' Field: date; Value: 2026-02-30"),
        ("date", "20260101", "Invalid date: '20260101' Field: date; Value: 20260101"),
        ("at", "noon", "Invalid timestamp: 'noon' Field: at; Value: noon"),
    ],
)
def test_a_bad_value_is_named(name: str, value: Any, message: str) -> None:
    assert refused({**GOOD, name: value}) == (message, name)


def test_the_largest_values_fit() -> None:
    cost = "0." + "1" * 38
    row = normalize(
        FIELDS,
        {
            **GOOD,
            "sessions": "9223372036854775807",
            "price": "-99999999999999999999999999999.999999999",
            "cost": cost,
        },
    )
    assert row["sessions"] == 2**63 - 1
    assert row["price"] == "-99999999999999999999999999999.999999999"
    assert row["cost"] == cost
    most = "578960446186580977117854925043439539266.34992332820282019728792003956564819967"
    assert normalize(FIELDS, {**GOOD, "cost": most})["cost"] == most
    assert refused({**GOOD, "cost": most[:-1] + "8"})[1] == "cost"


def test_a_number_is_a_double_when_it_is_no_string() -> None:
    body = json.dumps({"n": [2**53 + 1, -(2**53) - 1, 2**53, 10**19]}).encode()
    assert parse(body)["n"] == [2**53, -(2**53), 2**53, 10**19]
    assert parse(b'{"n": 9223372036854775807}')["n"] == 2**63
    assert refused({**GOOD, "sessions": parse(b"9223372036854775807")})[1] == "sessions"
    assert refused({**GOOD, "sessions": parse(b"1" + b"0" * 400)})[1] == "sessions"


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": NaN}', b"\xff"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse(body)


@pytest.mark.parametrize(
    ("days", "fits"), [(-3650, True), (-3651, False), (366, True), (367, False)]
)
def test_days_far_away_are_refused(days: int, fits: bool) -> None:
    today = dt.date(2026, 11, 22)
    row = {"date": (today + dt.timedelta(days=days)).isoformat()}
    if fits:
        check_partition("p:d.t", "date", row, today)
        return
    with pytest.raises(RowError, match=r"partition column date of the destination table p:d\.t is"):
        check_partition("p:d.t", "date", row, today)


def test_other_types() -> None:
    fields = normal(
        [
            {"name": "f", "type": "FLOAT64"},
            {"name": "b", "type": "BYTES"},
            {"name": "j", "type": "JSON"},
            {"name": "d", "type": "DATETIME"},
            {"name": "t", "type": "TIME"},
            {"name": "s", "type": "STRING"},
            {"name": "at", "type": "TIMESTAMP"},
        ]
    )
    row = {"f": "1.5", "b": "YQ==", "j": "[1]", "d": "2026-01-02 03:04:05", "t": "03:04", "s": 7}
    assert normalize(fields, {**row, "at": 1}) == {
        "f": 1.5,
        "b": "YQ==",
        "j": "[1]",
        "d": "2026-01-02T03:04:05.000000",
        "t": "03:04:00.000000",
        "s": "7",
        "at": "1970-01-01T00:00:01.000000+00:00",
    }
    for name, bad in {"f": "x", "b": "*", "j": "{", "d": "x", "t": "x", "at": 1e300}.items():
        assert refused({name: bad}, fields)[1] == name

"""The rules by which manifests are judged find each planted mistake, and nothing where is none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.chart.mutants import BY_RULE, BY_SCHEMA, Mutant
from tests.support import manifests_schema
from tests.support.manifests import DuplicateKeyError, Json, read, title
from tests.support.manifests_faults import faults

OLDEST, *BETWEEN, NEWEST = manifests_schema.versions()


@cache
def release() -> list[Json]:
    """Give the release in which nothing is wrong."""
    return read((Path(__file__).parent / "release.yaml").read_text("utf-8"))


def by_schema(manifests: list[Json], version: str) -> list[str]:
    return [
        f"{title(one)}: {fault}"
        for one in manifests
        for fault in manifests_schema.faults(one, version)
    ]


def test_a_release_without_mistakes() -> None:
    assert faults(release()) == []


@pytest.mark.parametrize(
    "version",
    [OLDEST, NEWEST, *(pytest.param(one, marks=pytest.mark.thorough) for one in BETWEEN)],
)
def test_a_release_without_mistakes_in_every_version(version: str) -> None:
    known = [one for one in release() if version != OLDEST or one["kind"] not in {"Job", "CronJob"}]
    assert by_schema(known, version) == []


def test_a_field_that_a_version_does_not_know_yet() -> None:
    assert "podReplacementPolicy" in str(by_schema(release(), OLDEST))


@pytest.mark.parametrize("mutant", BY_RULE, ids=str)
def test_a_planted_mistake_is_found(mutant: Mutant) -> None:
    found = faults(mutant.planted(release()))
    assert [one for one in found if mutant.said in one], found or "nothing was found"


@pytest.mark.parametrize("mutant", BY_SCHEMA, ids=str)
def test_a_planted_mistake_is_found_by_schema(mutant: Mutant) -> None:
    found = by_schema(mutant.planted(release()), NEWEST)
    assert [one for one in found if mutant.said in one], found or "nothing was found"


def test_what_others_make_counts_as_there() -> None:
    gone = [one for one in release() if title(one) != "ServiceAccount/good"]
    assert [one for one in faults(gone) if "no ServiceAccount 'good'" in one]
    assert faults(gone, {"good"}) == []


def test_a_key_that_stands_twice_is_not_read() -> None:
    with pytest.raises(DuplicateKeyError, match="line 2: 'a' stands twice"):
        read("a: 1\na: 2\n")


def test_what_is_no_manifest_is_not_read() -> None:
    with pytest.raises(yaml.YAMLError, match="no manifest"):
        read("---\njust words\n")


def test_dates_stay_text() -> None:
    assert read("day: 2026-01-01\nmode: 0440\n") == [{"day": "2026-01-01", "mode": 0o440}]

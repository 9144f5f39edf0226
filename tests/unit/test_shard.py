from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.errors import SettingsError
from ccsync.shard import Shard, choose, from_environment

DAY = dt.date(2026, 11, 19)
ONE = dt.timedelta(days=1)
POD = {"JOB_COMPLETION_INDEX": "3", "CCSYNC_SHARDS": "8"}


@given(
    first=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    length=st.integers(1, 400),
    count=st.integers(1, 40),
)
def test_every_day_belongs_to_one_shard_and_shards_are_alike_in_size(
    first: dt.date, length: int, count: int
) -> None:
    days = [first + number * ONE for number in range(length)]
    held = [[day for day in days if Shard(index, count).holds(day)] for index in range(count)]
    assert sorted(itertools.chain(*held)) == days
    assert max(map(len, held)) - min(map(len, held)) <= 1
    for part in held:
        assert {after - before for before, after in itertools.pairwise(part)} <= {count * ONE}


def test_which_days_a_shard_holds_does_not_depend_on_the_range() -> None:
    """Pods that start on two sides of midnight divide the days alike."""
    shard = Shard(3, 8)
    early = {day for day in (DAY - n * ONE for n in range(365)) if shard.holds(day)}
    late = {day for day in (DAY + ONE - n * ONE for n in range(365)) if shard.holds(day)}
    assert len(early ^ late) <= 1


def test_it_is_read_as_it_is_written() -> None:
    assert Shard.parse("3/8") == Shard(3, 8)
    assert str(Shard(3, 8)) == "3/8"
    assert choose("0/1", {}) == Shard(0, 1)
    assert choose("00/08", {}) == Shard(0, 8)
    assert choose(None, {}) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("8/8", "--shard 8/8: shards are counted from 0, so the last one is 7/8"),
        ("9/8", "the last one is 7/8"),
        ("0/0", "there has to be at least one shard, 0/1"),
        ("3", "--shard '3' is not a shard; write I/N, counted from 0: 0/8 to 7/8"),
        ("-1/8", "is not a shard"),
        ("1/8/2", "is not a shard"),
        ("1 / 8", "is not a shard"),
        ("a/b", "is not a shard"),
        ("", "is not a shard"),
        ("1.0/8", "is not a shard"),
        ("\u0663/8", "is not a shard"),
        ("1/9999999", "is not a shard"),
        ("Auto", "or auto"),
    ],
)
def test_what_cannot_be_a_shard(text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        choose(text, POD)
    assert says in str(caught.value)


def test_a_pod_of_an_indexed_job_knows_its_shard() -> None:
    assert choose("auto", POD) == Shard(3, 8)
    assert choose(None, POD) == Shard(3, 8), "CCSYNC_SHARDS is set for nothing else"
    assert choose("1/2", POD) == Shard(1, 2), "what is written on the command line counts"
    assert choose(None, {"JOB_COMPLETION_INDEX": "3"}) is None
    assert choose(None, {"JOB_COMPLETION_INDEX": "3", "CCSYNC_SHARDS": ""}) is None


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "JOB_COMPLETION_INDEX and CCSYNC_SHARDS are not set"),
        ({"CCSYNC_SHARDS": "8"}, "JOB_COMPLETION_INDEX is not set: Kubernetes sets"),
        ({"JOB_COMPLETION_INDEX": "3"}, "CCSYNC_SHARDS is not set: set CCSYNC_SHARDS to the"),
        ({**POD, "CCSYNC_SHARDS": "3"}, "there are only CCSYNC_SHARDS=3 shards, counted from 0"),
        ({**POD, "CCSYNC_SHARDS": "eight"}, "CCSYNC_SHARDS='eight' in the environment is not"),
        ({**POD, "JOB_COMPLETION_INDEX": "-1"}, "JOB_COMPLETION_INDEX='-1'"),
        ({**POD, "CCSYNC_SHARDS": "0"}, "only CCSYNC_SHARDS=0"),
    ],
)
def test_an_environment_that_does_not_say(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment(environ)
    assert says in str(caught.value)

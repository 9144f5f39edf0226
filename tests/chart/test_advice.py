"""What a refusal says is to be written is written, and then the values are taken."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.chart.rendering import SMALL, Rendering, merged
from tests.support.manifests import Json

ADVICE = re.compile(r"^ +- (?P<path>[\w.]+): .*?\. Write (?P<what>.+)$", re.MULTILINE)
PAIR = re.compile(r"(?P<path>[a-zA-Z][\w.]+): (?P<value>\S+)")

EVERY_MINUTE: Json = {"cronjob": {"schedule": "* * * * *"}}
BACKFILL: Json = {"backfill": {"enabled": True, "from": "30d"}}

BAD: dict[str, Json] = {
    "every-minute": EVERY_MINUTE,
    "every-minute-30": merged(EVERY_MINUTE, {"job": {"activeDeadlineSeconds": 30}}),
    "every-minute-no-grace": merged(EVERY_MINUTE, {"terminationGracePeriodSeconds": 0}),
    "every-two-minutes": {"cronjob": {"schedule": "*/2 * * * *"}},
    "every-five-minutes": {"cronjob": {"schedule": "*/5 * * * *"}},
    "twice-close-together": {"cronjob": {"schedule": "0,1 * * * *"}},
    "hourly-for-an-hour": {"job": {"activeDeadlineSeconds": 3600}},
    "daily-for-two-days": {
        "cronjob": {"schedule": "5 4 * * *"},
        "job": {"activeDeadlineSeconds": 172800},
    },
    "as-long-as-its-grace": {"job": {"activeDeadlineSeconds": 60}},
    "monthly-as-long-as-its-grace": {
        "cronjob": {"schedule": "@monthly"},
        "job": {"activeDeadlineSeconds": 10},
    },
    "grace-of-an-hour": {"terminationGracePeriodSeconds": 3600},
    "every-ten-minutes-grace-of-an-hour": {
        "cronjob": {"schedule": "*/10 * * * *"},
        "job": {"activeDeadlineSeconds": 500},
        "terminationGracePeriodSeconds": 3600,
    },
    "backfill-as-long-as-its-grace": merged(BACKFILL, {"backfill": {"activeDeadlineSeconds": 60}}),
    "backfill-grace-of-a-day": merged(
        BACKFILL, {"terminationGracePeriodSeconds": 86400, "job": {"activeDeadlineSeconds": None}}
    ),
    "starts-never": {"cronjob": {"startingDeadlineSeconds": 5}},
    "stale-at-once": {"prometheusRule": {"enabled": True, "staleAfter": "10m"}},
    "stale-within-a-week": {
        "cronjob": {"schedule": "@weekly"},
        "prometheusRule": {"enabled": True, "staleAfter": "6h"},
    },
    "stale-between-morning-and-evening": {
        "cronjob": {"schedule": "17 6,18 * * *"},
        "prometheusRule": {"enabled": True, "staleAfter": "12h"},
    },
    "stale-at-night": {
        "cronjob": {"schedule": "17 08-18 * * *"},
        "prometheusRule": {"enabled": True, "staleAfter": "14h"},
    },
    "stale-on-sunday": {
        "cronjob": {"schedule": "17 * * * 1-6"},
        "prometheusRule": {"enabled": True, "staleAfter": "24h"},
    },
    "data-stale-within-a-month": {
        "cronjob": {"schedule": "@monthly"},
        "prometheusRule": {"enabled": True, "staleAfter": "800h", "dataRules": "prometheus"},
    },
    "token-for-a-minute": {
        "federation": {"enabled": True, "expirationSeconds": 60},
        "secret": {"existingSecret": ""},
        "config": {
            "source": {
                "federation": {
                    "rule_id": "fdrl_invented",
                    "organization_id": "00000000-0000-4000-8000-000000000001",
                    "service_account_id": "svac_invented",
                }
            }
        },
    },
    "no-pods-side-by-side": merged(BACKFILL, {"backfill": {"parallelism": 0}}),
    "root": {"podSecurityContext": {"runAsUser": 0}},
    "no-bucket": {"state": {"bucket": "mine"}},
    "side-by-side": {"cronjob": {"concurrencyPolicy": "Allow"}},
    "read-only-state": {
        "state": {"type": "pvc", "persistence": {"accessModes": ["ReadOnlyMany"]}},
    },
}


def at(path: str, value: Any) -> Json:
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


def advised(said: str) -> Json:
    """Give the values that a message says are to be written: of several, the first."""
    found: Json = {}
    for one in ADVICE.finditer(said):
        what = re.split(r",? or |\. |; | \(", one["what"])[0]
        pairs = PAIR.findall(what) or [(one["path"], what)]
        for path, value in pairs:
            found = merged(found, at(path, yaml.safe_load(value)))
    return found


@pytest.mark.parametrize("values", BAD.values(), ids=BAD)
def test_what_is_advised_is_taken(newer_first: Rendering, values: Json) -> None:
    bad = merged(SMALL, values)
    advice = advised(newer_first.refusal(bad))
    assert advice
    done = newer_first.done(merged(bad, advice))
    assert done.exit == 0, f"{advice}: {done.stderr}"


def test_every_minute_both_limits_are_told_at_once(either: Rendering) -> None:
    advice = advised(either.refusal(merged(SMALL, EVERY_MINUTE)))
    assert advice == {"job": {"activeDeadlineSeconds": 30}, "terminationGracePeriodSeconds": 15}
    assert either.done(merged(SMALL, EVERY_MINUTE, advice)).exit == 0

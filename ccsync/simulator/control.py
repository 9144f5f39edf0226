"""Control over HTTP, for whoever drives a simulated API from another process.

    GET    /__simulator/           these controls, with an example body for each that takes one
    GET    /__simulator/stats      counters and faults
    GET    /__simulator/requests   the requests so far, without keys
    DELETE /__simulator/requests   forget requests and counters
    POST   /__simulator/faults     {"fault": "429", "day": "2026-11-20", "retry-after": 7}
    DELETE /__simulator/faults     forget all faults
    POST   /__simulator/restate    {"day": "2026-11-20", "kind": "vanish", "share": 0.1, "seed": 1}
    GET    /__simulator/logins     logins by workload identity federation, and why they were denied
    PUT    /__simulator/days/DAY   a list of rows in the documented shape that replaces the day

It needs no key and is not in the request log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

import msgspec

from ccsync.simulator import restatements
from ccsync.simulator.contract import parse_day
from ccsync.simulator.exchange import Answer, Request, error_answer, json_answer, request_id
from ccsync.simulator.fault_names import fault_named
from ccsync.simulator.faults import Faults
from ccsync.simulator.federation import TokenExchange
from ccsync.simulator.log import RequestLog
from ccsync.simulator.usage import Usage, replaced

PREFIX = "/__simulator/"

_CONTROLS: tuple[tuple[str, str, str, object], ...] = (
    ("GET", "stats", "counters and faults", None),
    ("GET", "requests", "the requests so far, without keys", None),
    ("DELETE", "requests", "forget requests and counters", None),
    (
        "POST",
        "faults",
        "spoil answers; `ccsync simulate --help` names the faults",
        {"fault": "429", "day": "2026-11-20", "retry-after": 7},
    ),
    ("DELETE", "faults", "forget all faults", None),
    (
        "POST",
        "restate",
        f"restate a day; kinds: {', '.join(restatements.KINDS)}",
        {"day": "2026-11-20", "kind": "values", "share": 0.1, "seed": 1},
    ),
    ("GET", "logins", "logins by workload identity federation", None),
    ("PUT", "days/2026-11-20", "replace a day by rows in the documented shape", []),
)
"""Method, path, what it does, and an example of its body."""

_SECRET_HEADERS = ("x-api-key", "authorization")


class _Restatement(msgspec.Struct, forbid_unknown_fields=True):
    day: dt.date
    kind: str
    share: float = 1.0
    seed: int | str | None = None


class Control:
    """Answers the paths under `/__simulator/`."""

    def __init__(
        self,
        usage: Usage,
        faults: Faults,
        log: RequestLog,
        federation: TokenExchange | None = None,
    ) -> None:
        """Take what is controlled."""
        self._usage = usage
        self._faults = faults
        self._log = log
        self._federation = federation
        self._actions: dict[tuple[str, str], Callable[[Request], object]] = {
            ("GET", ""): lambda _: _controls(),
            ("GET", "stats"): lambda _: self._stats(),
            ("GET", "requests"): lambda _: [_shown(one) for one in self._log.requests()],
            ("DELETE", "requests"): lambda _: self._log.clear(),
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): lambda _: self._faults.clear(),
            ("POST", "restate"): self._restate,
            ("GET", "logins"): lambda _: self._logins(),
        }

    def answer(self, request: Request) -> Answer:
        """Do what a request says."""
        what = request.path.removeprefix(PREFIX)
        if request.method == "PUT" and what.startswith("days/"):
            action: Callable[[Request], object] | None = self._put
        else:
            action = self._actions.get((request.method, what))
        if action is None:
            return error_answer(
                404, f"no control {request.method} {request.path}", request_id(request.number)
            )
        try:
            return json_answer(action(request))
        except (ValueError, msgspec.MsgspecError) as error:
            return error_answer(400, str(error), request_id(request.number))

    def _stats(self) -> object:
        return {
            **asdict(self._log.counts()),
            "faults": [
                {"fault": one.name, "seen": one.seen, "hit": one.hit, "spent": one.spent}
                for one in self._faults.all()
            ],
        }

    def _logins(self) -> object:
        return [asdict(one) for one in self._federation.history] if self._federation else []

    def _add_fault(self, request: Request) -> object:
        options = msgspec.json.decode(request.body, type=dict[str, Any])
        name = options.pop("fault", None)
        if name is None:
            raise ValueError("fault: field required")
        texts = {option: _text(value) for option, value in options.items()}
        fault = fault_named(str(name), texts)
        self._faults.add(fault.effect, fault.match, name=fault.name)
        return {"faults": len(self._faults.all())}

    def _restate(self, request: Request) -> object:
        wanted = msgspec.json.decode(request.body, type=_Restatement)
        revision = restatements.restate(
            self._usage,
            wanted.day,
            cast("restatements.Kind", wanted.kind),
            share=wanted.share,
            seed=wanted.seed,
        )
        return {"day": wanted.day, "revision": revision}

    def _put(self, request: Request) -> object:
        text = request.path.removeprefix(PREFIX + "days/")
        day = parse_day(text)
        if day is None:
            raise ValueError(f"{text!r} is not a day; expected one such as 2026-01-31")
        rows = msgspec.json.decode(request.body, type=list[dict[str, Any]])
        return {"day": day, "revision": self._usage.restate(day, replaced(rows))}


def _controls() -> object:
    return [
        {"method": method, "path": f"{PREFIX}{path}", "what": what}
        | ({} if body is None else {"body": body})
        for method, path, what, body in _CONTROLS
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _shown(request: Request) -> object:
    return {
        "number": request.number,
        "at": request.at,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": {
            name: "***" if name in _SECRET_HEADERS else value
            for name, value in request.headers.items()
        },
    }

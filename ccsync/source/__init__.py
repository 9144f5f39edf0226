"""The source: whole days from the Claude Code Analytics API.

Source.fetch -> ahead       days ahead of the engine, in order, bounded
                day         all pages of one day, or nothing
                asking      one page, with patience       (ccsync.retry)
                client      one question, with a credential   (auth, kind, keyfile)
                  federation  the login without a key       (exchange, identity)
                sender      one request                   (address, pacing, clock, connection)
                answers     what a status means           (advice)
                pages       from a body to records        (wire, tidy, normalize)
                organization  the source id
environment   which variable holds a key, for `ccsync init`
"""

from __future__ import annotations

from ccsync.source.answers import DayRefusedError
from ccsync.source.clock import WrongClockError
from ccsync.source.day import DayRequest
from ccsync.source.organization import OrganizationInfo
from ccsync.source.source import Source, SourceStats

__all__ = [
    "DayRefusedError",
    "DayRequest",
    "OrganizationInfo",
    "Source",
    "SourceStats",
    "WrongClockError",
]

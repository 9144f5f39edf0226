"""A real OTLP receiver for tests: HTTP and gRPC on loopback, good and bad manners on demand.

    from ccsync.testing.otlp import OtlpReceiver, OverwriteStore, status

    with OtlpReceiver() as receiver:
        receiver.answer_next(status(503, "busy", retry_after=1))
        send_metrics_to(receiver.endpoint)                  # your code; it should try again
        assert len(receiver.requests) == 2
        assert receiver.requests[0].headers["x-tenant"] == "blue"
        print(OverwriteStore(receiver.stored).totals(datetime.date(2026, 11, 19), "model"))

Answers: `accepted`, `partial`, `status`, `redirect`, `web_page`, `dropped`, `grpc_error`, each of
them also `.slowly(seconds)` and `.but_stored()`; per request (`answer_next`), until told otherwise
(`answer_always`), by a function (`answer_with`), or for points that match a predicate
(`refuse_points`, `reject_points`). What a backend then shows: `OverwriteStore`, `FirstWinsStore`,
`AppendStore`. Needs the extra `otlp`.
"""

from ccsync.testing.otlp.answers import (
    Answer,
    accepted,
    dropped,
    grpc_error,
    partial,
    redirect,
    status,
    web_page,
)
from ccsync.testing.otlp.exchange import Request, Verdict
from ccsync.testing.otlp.points import Point, Series, points_of
from ccsync.testing.otlp.receiver import OtlpReceiver, ServerTls
from ccsync.testing.otlp.stores import AppendStore, FirstWinsStore, OverwriteStore

__all__ = [
    "Answer",
    "AppendStore",
    "FirstWinsStore",
    "OtlpReceiver",
    "OverwriteStore",
    "Point",
    "Request",
    "Series",
    "ServerTls",
    "Verdict",
    "accepted",
    "dropped",
    "grpc_error",
    "partial",
    "points_of",
    "redirect",
    "status",
    "web_page",
]

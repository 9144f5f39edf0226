"""`ccsync verify`: what destinations show, compared with what the API says now."""

from __future__ import annotations

from ccsync.simulator import effects
from ccsync.testing.otlp import OtlpReceiver
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OPEN, WEEK, Scene
from tests.end_to_end.truth import a_row
from tests.support.command import TODAY
from tests.support.query_api import QueryApiDouble, Said, serving


def test_equal_days_and_tampered_ones(scene: Scene) -> None:
    scene.configure({"usage": scene.sqlite, "out": {"type": "stdout"}})
    scene.sync("--sink", "usage")
    ledger = scene.place.ledger

    done = scene.place.run("verify")
    assert done.exit == 0, done
    assert done.stdout.splitlines() == [f"{day} usage: equal (2 records)" for day in WEEK[-3:]]
    assert done.messages == "out: cannot be read back"

    scene.database.query("delete from records where day = ? and record like '%mira%'", str(OPEN))
    scene.database.query("delete from records where day = ?", str(OLD))
    done = scene.place.run("verify")
    assert done.exit == 6, done
    found = done.stdout.splitlines()
    assert found[0] == f"{MIDDLE} usage: equal (2 records)"
    assert found[1] == f"{OPEN} usage: records: shows 1, the API says 2"
    assert f"{OPEN} usage: sessions: shows 10, the API says 15" in found
    assert found[-1] == f"{NEWEST} usage: equal (2 records)"
    again = f"`ccsync sync --from {OPEN} --to {OPEN} --force --sink usage`"
    assert f"usage: to bring what differs, {again}" in done.messages
    assert "still grows" not in done.messages

    done = scene.place.run("verify", "--from", str(OLD), "--to", str(OLD))
    assert done.exit == 6, "also where nothing is shown"
    assert f"{OLD} usage: records: shows 0, the API says 2" in done.stdout
    assert scene.place.ledger == ledger, "verify changes nothing"

    assert scene.sync("--force", "--from", str(OLD)).exit == 0
    assert scene.place.run("verify", "--from", str(OLD)).exit == 0


def test_days_that_were_never_delivered_have_one_line_each(scene: Scene) -> None:
    scene.put(MIDDLE)
    scene.put(OPEN, a_row(OPEN, "mira", 2))
    done = scene.place.run("verify")
    assert done.exit == 6, done
    assert done.stdout.splitlines() == [
        f"{MIDDLE} usage: never delivered (the API says 0 records)",
        f"{OPEN} usage: never delivered (the API says 1 record)",
        f"{NEWEST} usage: never delivered (the API says 2 records)",
    ]
    assert f"`ccsync sync --from {OPEN} --to {NEWEST} --force --sink usage`" in done.messages

    done = scene.place.run("verify", "--from", str(MIDDLE), "--to", str(MIDDLE))
    assert done.exit == 0, "nothing is shown, and nothing is what the API says"


def test_today_may_differ_since_it_grows(scene: Scene) -> None:
    scene.configure(sync={"include_today": True})
    scene.put(TODAY, a_row(TODAY, "mira", 2))
    scene.sync()
    scene.put(TODAY, a_row(TODAY, "mira", 9))
    done = scene.place.run("verify")
    assert done.exit == 6, done
    assert f"{TODAY} is today and still grows" in done.messages
    assert f"--to {NEWEST}` leaves it out" in done.messages
    words = done.messages.split("`")[1].split()
    assert scene.place.run("verify", *words).exit == 0


def test_what_cannot_be_compared(scene: Scene) -> None:
    scene.configure(source={"retry_deadline": "0.2s"})
    scene.sync()
    scene.database.query("delete from records where day = ?", str(OPEN))
    scene.api.faults.add(effects.status(500), day=NEWEST, times=None)
    done = scene.place.run("verify")
    assert done.exit == 5, "a day that could not be had is graver than a difference"
    assert f"{OPEN} usage: records: shows 0" in done.stdout
    assert f"{NEWEST}: 127.0.0.1" in done.messages
    assert scene.place.run("verify", "--to", str(OPEN)).exit == 2


def test_a_destination_that_lets_nobody_in(scene: Scene) -> None:
    lost = {"type": "sqlite", "path": "nowhere/usage.db"}
    scene.configure({"usage": scene.sqlite, "lost": lost})
    scene.sync("--sink", "usage")
    done = scene.place.run("verify")
    assert done.exit == 3, done
    assert "lost: nowhere/usage.db: No such file or directory" in done.messages
    assert len(done.stdout.splitlines()) == 3, "the other one is compared"
    done = scene.place.run("verify", "--sink", "lost")
    assert (done.exit, done.stdout) == (3, "")


def test_a_backend_of_metrics(scene: Scene) -> None:
    guest = a_row(NEWEST, "guest") | {"organization_id": "another-organization"}
    scene.put(NEWEST, a_row(NEWEST, "mira", 4), guest)
    with OtlpReceiver() as receiver, serving(QueryApiDouble(lambda: receiver.stored)) as queries:
        metrics = {
            "type": "otlp",
            "preset": "prometheus",
            "endpoint": receiver.endpoint,
            "retry_deadline": "0.2s",
        }
        scene.configure({"metrics": {**metrics, "readback": {"url": queries.url}}})
        scene.sync()
        done = scene.place.run("verify")
        assert done.exit == 0, done
        assert done.stdout.splitlines() == [
            f"{MIDDLE} metrics: equal (2 records)",
            f"{OPEN} metrics: equal (2 records)",
            f"{NEWEST} metrics: equal (1 record; 1 of other organizations not compared)",
        ]

        scene.put(OPEN, a_row(OPEN, "mira", 9))
        done = scene.place.run("verify")
        assert done.exit == 6
        assert f"{OPEN} metrics: sessions: shows 15, the API says 9" in done.stdout

        queries.says = Said(503, b"no store", {})
        done = scene.place.run("verify")
        assert done.exit == 5
        assert f"{OPEN} metrics: {queries.url}/api/v1/query: HTTP 503: no store" in done.messages

        scene.configure({"metrics": metrics})
        done = scene.place.run("verify")
        assert done.exit == 2
        assert "metrics: cannot be read back: set `readback: {url: ...}`" in done.messages

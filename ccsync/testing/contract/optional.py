"""What is promised by the optional protocols, where a sink has them."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from ccsync.sink import Checkable, Estimating, Finding, Previewable, Readable, Verifiable
from ccsync.snapshot import Snapshot
from ccsync.testing.builders import DAY, ORGANIZATION, a_record, a_snapshot
from ccsync.testing.contract.context import ContractContext, Deliverer
from ccsync.testing.contract.given import Build, Shown, Trouble
from ccsync.testing.contract.promises import Promises
from ccsync.verify import differences, totals_of


class OptionalPromises(Promises):
    """Of a preview, an estimate and a check nothing is left; what is read back is what is shown."""

    def test_preview_needs_no_open(self, build: Build, shown: Shown) -> None:
        """A dry run shows what would be sent."""
        sink = build(ContractContext())
        if not isinstance(sink, Previewable):
            pytest.skip("the sink has no preview()")
        lines = list(itertools.islice(sink.preview(self.a_day(1)), 3))
        assert lines, "preview() shows nothing of a day with records"
        assert [line for line in lines if not isinstance(line, str)] == []
        sink.close()
        self.assert_shown(shown, a_snapshot([]))

    def test_check_finds_nothing_wrong_and_writes_nothing(self, build: Build, shown: Shown) -> None:
        """A destination that works has no fault, and gets no usage data."""
        sink = build(ContractContext())
        if not isinstance(sink, Checkable):
            pytest.skip("the sink has no check()")
        faults = [finding for finding in sink.check() if finding.level == "fault"]
        sink.close()
        assert faults == []
        self.assert_shown(shown, a_snapshot([]))

    def test_check_finds_an_outage(self, build: Build, outage: Trouble) -> None:
        """A fault is a finding that says what to do, not an exception."""
        sink = build(ContractContext())
        if not isinstance(sink, Checkable):
            pytest.skip("the sink has no check()")
        with outage():
            faults = [finding for finding in sink.check() if finding.level == "fault"]
        sink.close()
        assert faults, "check() finds nothing wrong with a destination that is down"
        assert [finding.what for finding in faults if not finding.fix] == []

    def test_estimate_needs_no_open(self, build: Build, shown: Shown) -> None:
        """A look at a day gives findings that say what to do, for an empty day too."""
        sink = build(ContractContext())
        if not isinstance(sink, Estimating):
            pytest.skip("the sink has no estimate()")
        found = [*sink.estimate(a_snapshot([])), *sink.estimate(self.a_day(1))]
        sink.close()
        assert [one for one in found if not isinstance(one, Finding)] == []
        assert [one.what for one in found if one.level != "ok" and not one.fix] == []
        self.assert_shown(shown, a_snapshot([]))

    def test_estimate_names_nobody(self, build: Build) -> None:
        """Findings are shown on terminals and in logs of CI."""
        sink = build(ContractContext())
        if not isinstance(sink, Estimating):
            pytest.skip("the sink has no estimate()")
        found = sink.estimate(a_snapshot([a_record("mira@northwind.example")]))
        sink.close()
        assert [one for one in found if "northwind" in one.what + one.fix] == []

    def test_totals_are_what_is_shown(self, build: Build) -> None:
        """`ccsync verify` believes them: also after a restatement, and for no day at all."""
        deliver = Deliverer(build)
        self._assert_totals(build, a_snapshot([]))
        for minutes, size in enumerate((self.day_size, max(1, self.day_size // 2))):
            day = self.a_day(2 + minutes, size=size, minutes=minutes)
            deliver(day)
            deliver(self.a_day(9, source_id="another source", minutes=minutes))
            self._assert_totals(build, day)

    def test_read_gives_back_what_is_shown(self, build: Build) -> None:
        """`ccsync insights` reads it: whole days, oldest first, without `open`."""
        sink = build(ContractContext())
        if not isinstance(sink, Readable):
            pytest.skip("the sink has no read()")
        deliver = Deliverer(build)
        before = DAY - dt.timedelta(days=1)
        empty = a_snapshot([], day=before, settled=False)
        other = self.a_day(9, source_id="zz another source")
        for snapshot in (self.a_day(2), other, empty, self.a_day(3, minutes=1)):
            deliver(snapshot)
        found = list(sink.read(None, None))
        shown = [empty, self.a_day(3, minutes=1), other]
        assert [(one.day, one.source_id) for one in found] == [
            (one.day, one.source_id) for one in shown
        ]
        for one, snapshot in zip(found, shown, strict=True):
            assert one.snapshot_id == snapshot.snapshot_id
            assert (one.settled, one.fetched_at) == (snapshot.settled, snapshot.fetched_at)
            assert one.record_count == snapshot.record_count == len(one.records)
            given = sorted(one.records, key=repr)
            assert given == sorted(snapshot.records(), key=repr), "records are not as delivered"
        assert [one.day for one in sink.read(None, before)] == [before]
        assert [one.day for one in sink.read(DAY, DAY)] == [DAY, DAY]
        assert list(sink.read(DAY + dt.timedelta(days=1), None)) == []
        sink.close()

    def _assert_totals(self, build: Build, snapshot: Snapshot) -> None:
        sink = build(ContractContext())
        if not isinstance(sink, Verifiable):
            pytest.skip("the sink has no totals()")
        sink.open()
        totals = sink.totals(ORGANIZATION, DAY)
        sink.close()
        assert list(differences(totals, totals_of(snapshot, totals.organization_id))) == []

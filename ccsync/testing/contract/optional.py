"""What is promised by the optional protocols, where a sink has them."""

from __future__ import annotations

import itertools

import pytest

from ccsync.sink import Checkable, Previewable, Verifiable
from ccsync.snapshot import Snapshot
from ccsync.testing.builders import DAY, ORGANIZATION, a_snapshot
from ccsync.testing.contract.context import ContractContext, Deliverer
from ccsync.testing.contract.given import Build, Shown, Trouble
from ccsync.testing.contract.promises import Promises
from ccsync.verify import differences, totals_of


class OptionalPromises(Promises):
    """`preview` does nothing, `check` writes nothing, `totals` reads back what is shown."""

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

    def test_totals_are_what_is_shown(self, build: Build) -> None:
        """`ccsync verify` believes them: also after a restatement, and for no day at all."""
        deliver = Deliverer(build)
        self._assert_totals(build, a_snapshot([]))
        for minutes, size in enumerate((self.day_size, max(1, self.day_size // 2))):
            day = self.a_day(2 + minutes, size=size, minutes=minutes)
            deliver(day)
            deliver(self.a_day(9, source_id="another source", minutes=minutes))
            self._assert_totals(build, day)

    def _assert_totals(self, build: Build, snapshot: Snapshot) -> None:
        sink = build(ContractContext())
        if not isinstance(sink, Verifiable):
            pytest.skip("the sink has no totals()")
        sink.open()
        totals = sink.totals(ORGANIZATION, DAY)
        sink.close()
        assert list(differences(totals, totals_of(snapshot))) == []

"""Every view shows the truth at both emulators, to the last digit: so the two agree as well."""

# ruff: noqa: S608 - only our own names get into the text

from __future__ import annotations

import pytest

from ccsync.warehouse.views import VIEWS, View
from tests.integration.bigquery.conftest import Warehouse
from tests.unit.warehouse.comparing import difference
from tests.unit.warehouse.view_truth import TRUTH, ordered

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))
def test_view_shows_the_truth(warehouse: Warehouse, view: View) -> None:
    shown = warehouse.ask(f"SELECT * FROM {warehouse.dialect.table(view.name)}")
    expected = list(TRUTH[view.name](warehouse.scene))
    assert list(shown[0]) == [name for name, _ in view.columns]
    assert difference(ordered(shown), ordered(expected)) == ""

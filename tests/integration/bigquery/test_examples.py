"""Every example answers its question at both emulators as plain Python does, and in its order."""

from __future__ import annotations

import pytest

from ccsync.warehouse.examples import EXAMPLES, Example
from tests.integration.bigquery.conftest import Warehouse
from tests.unit.warehouse.comparing import difference
from tests.unit.warehouse.example_truth import TRUTH

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.name))
def test_example_answers_in_order(warehouse: Warehouse, example: Example) -> None:
    answer = warehouse.ask(example.sql(warehouse.dialect))
    assert difference(answer, list(TRUTH[example.name](warehouse.scene))) == ""

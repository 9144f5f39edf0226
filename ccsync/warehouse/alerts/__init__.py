"""What somebody wants to hear of without looking: queries over the views that find what is wrong.

The alerts and their thresholds are those of the dashboards over metrics, where metrics can say the
same. Whether a run failed is nothing that a warehouse knows: `data-stale` hears of it a day later.
"""

from __future__ import annotations

from ccsync.warehouse.alerts.alert import Alert, check
from ccsync.warehouse.alerts.data import data_stale, day_incomplete, day_missing
from ccsync.warehouse.alerts.usage import (
    acceptance_falling,
    cost_unusual,
    over_budget,
    people_vanished,
)

__all__ = ["ALERTS", "Alert", "alerts", "check"]


def alerts(*, budget: int = 10_000) -> tuple[Alert, ...]:
    """Give all of them.

    Args:
        budget: of an organization's thirty days, in whole units of whatever currency.
    """
    return (
        data_stale(),
        day_missing(),
        day_incomplete(),
        over_budget(amount=budget),
        cost_unusual(),
        acceptance_falling(),
        people_vanished(),
    )


ALERTS = alerts()

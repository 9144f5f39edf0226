"""Datasets, tables and views as REST resources: names, etags, times and schemas, but no rows.

Creating, changing and deleting a table here also creates, widens and drops it in the storage, so
that whoever uses the catalog (the REST routes, SQL DDL) has one door to go through.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from typing import Any, Protocol, TypeAlias

from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.errors import ApiError, already_exists, not_found
from ccsync.testing.bigquery.history import History
from ccsync.testing.bigquery.resources import (
    copied,
    fields_of,
    merge,
    new_dataset,
    new_table,
    part,
    patched_table,
)
from ccsync.testing.bigquery.schema import Field

Key: TypeAlias = tuple[str, str, str]
"""(project, dataset, table), the table without a partition decorator."""

Place: TypeAlias = tuple[str, str]
"""(project, dataset)."""

Resource: TypeAlias = dict[str, Any]


class Shelf(Protocol):
    """What the catalog needs of the storage."""

    def create(self, key: Key, fields: list[Field]) -> None:
        """Make an empty table."""

    def add_fields(self, key: Key, fields: list[Field]) -> None:
        """Widen a table; `fields` is the whole new list, in order, nested additions included."""

    def drop(self, key: Key) -> None:
        """Forget a table and its rows."""

    def expire(self, key: Key, column: str, last: dt.date) -> None:
        """Remove the rows of all partitions up to a day, by the partitioning column."""


class Catalog:
    """The resources; safe for threads. What it gives are copies."""

    def __init__(self, clock: Clock, storage: Shelf, *, location: str = "US") -> None:
        """Start empty; `location` is that of datasets which name none."""
        self._clock = clock
        self._storage = storage
        self._location = location
        self._lock = threading.RLock()
        self._datasets: dict[Place, Resource] = {}
        self._tables: dict[Key, Resource] = {}
        self._moments: dict[tuple[str, ...], int] = {}
        self.history = History()

    def dataset(self, place: Place) -> Resource:
        """Give a dataset.

        Raises:
            ApiError: 404.
        """
        with self._lock:
            found = self._datasets.get(place)
            if found is None:
                raise not_found(f"Dataset {place[0]}:{place[1]}")
            return copied(found)

    def datasets(self, project: str) -> list[Resource]:
        """Give the datasets of a project, by name."""
        with self._lock:
            found = [self._datasets[place] for place in sorted(self._datasets)]
            return [copied(one) for one in found if one["id"].startswith(f"{project}:")]

    def create_dataset(self, place: Place, body: Resource) -> Resource:
        """Make a dataset.

        Raises:
            ApiError: 409, it is there.
        """
        with self._lock:
            if place in self._datasets:
                raise already_exists(f"Dataset {place[0]}:{place[1]}")
            made = new_dataset(place, {"location": self._location, **body}, self._moment(place))
            self._datasets[place] = made
            return copied(made)

    def patch_dataset(self, place: Place, body: Resource, etag: str | None = None) -> Resource:
        """Change labels, description and the like; null takes a property away.

        Raises:
            ApiError: 404; 412, `etag` is not the present one.
        """
        with self._lock:
            before = self.dataset(place)
            _same_etag(before, etag)
            kept = ("kind", "id", "datasetReference", "location", "creationTime", "selfLink")
            changes = {name: value for name, value in body.items() if name not in kept}
            merged = merge(before, changes)
            moment = self._moment(place)
            merged |= {"etag": f"dataset-{moment}", "lastModifiedTime": str(moment)}
            self._datasets[place] = merged
            return copied(merged)

    def delete_dataset(self, place: Place, *, contents: bool) -> None:
        """Remove a dataset, with its tables if asked to.

        Raises:
            ApiError: 404; 400 `resourceInUse`, it is not empty.
        """
        with self._lock:
            self.dataset(place)
            inside = [key for key in self._tables if key[:2] == place]
            if inside and not contents:
                raise ApiError(
                    400, "resourceInUse", f"Dataset {place[0]}:{place[1]} is still in use"
                )
            for key in inside:
                self.delete(key)
            del self._datasets[place]

    def get(self, key: Key) -> Resource | None:
        """Give a table or view, or None; a table past its `expirationTime` is gone.

        So are the rows of partitions past their expiration, streamed a moment ago or not.
        """
        with self._lock:
            found = self._tables.get(key)
            if found is None:
                return None
            ends = found.get("expirationTime")
            if ends is not None and int(ends) <= self._clock.milliseconds():
                self.delete(key)
                return None
            partitioning = part(found, "timePartitioning")
            kept, column = partitioning.get("expirationMs"), partitioning.get("field")
            if kept and column and partitioning.get("type") == "DAY":
                # Counted from the end of a partition's day ("Set the partition expiration").
                with contextlib.suppress(OverflowError):  # before the calendar begins
                    last = self._clock.now() - dt.timedelta(days=1, milliseconds=int(kept))
                    self._storage.expire(key, column, last.date())
            return copied(found)

    def require(self, key: Key) -> Resource:
        """Give a table or view.

        Raises:
            ApiError: 404, of the dataset if that is what is not there.
        """
        with self._lock:
            self.dataset(key[:2])
            found = self.get(key)
            if found is None:
                raise not_found(f"Table {dotted(key)}")
            return found

    def tables(self, place: Place) -> list[Resource]:
        """Give the tables and views of a dataset, by name.

        Raises:
            ApiError: 404 of the dataset.
        """
        with self._lock:
            self.dataset(place)
            found = [self.get(key) for key in sorted(self._tables) if key[:2] == place]
            return [one for one in found if one is not None]

    def create(self, key: Key, body: Resource) -> Resource:
        """Make a table, or a view when the body has `view`; `schema` as tables.insert has it.

        Raises:
            ApiError: 404 of the dataset; 409, it is there; 400, a fault of the body.
        """
        with self._lock:
            location = self.dataset(key[:2])["location"]
            if self.get(key) is not None:
                raise already_exists(f"Table {dotted(key)}")
            made = new_table(key, {**body, "location": location}, self._moment(key))
            if made["type"] == "TABLE":
                self._storage.create(key, fields_of(made))
                self.history.created(key, self._clock.now(), fields_of(made))
            self._tables[key] = made
            return copied(made)

    def patch(self, key: Key, body: Resource, etag: str | None = None) -> Resource:
        """Change a table or view as tables.patch does; null takes a property away.

        Raises:
            ApiError: 404; 412, `etag` is not the present one; 400, what must not be changed.
        """
        with self._lock:
            before = self.require(key)
            _same_etag(before, etag)
            moment = self._moment(key)
            after = patched_table(dotted(key), before, body)
            after |= {"etag": f"table-{moment}", "lastModifiedTime": str(moment)}
            if after["type"] == "TABLE" and fields_of(after) != fields_of(before):
                self._storage.add_fields(key, fields_of(after))
                self.history.widened(key, self._clock.now(), fields_of(after))
            self._tables[key] = after
            return copied(after)

    def delete(self, key: Key) -> None:
        """Remove a table or view.

        Raises:
            ApiError: 404.
        """
        with self._lock:
            if key not in self._tables:
                raise not_found(f"Table {dotted(key)}")
            gone = self._tables.pop(key)
            if gone["type"] == "TABLE":
                self._storage.drop(key)
                self.history.deleted(key)

    def _moment(self, name: tuple[str, ...]) -> int:
        """Give the milliseconds of a change: no two of a name, so that etags and times differ."""
        moment = max(self._clock.milliseconds(), self._moments.get(name, 0) + 1)
        self._moments[name] = moment
        return moment


def dotted(key: Key) -> str:
    """Give "project:dataset.table", as messages name a table."""
    return f"{key[0]}:{key[1]}.{key[2]}"


def _same_etag(resource: Resource, etag: str | None) -> None:
    if etag not in (None, "*", resource["etag"]):
        raise ApiError(412, "conditionNotMet", "Precondition Failed", "If-Match")

"""Who may do what: everything, until a test denies a permission by its name."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ccsync.testing.bigquery.errors import ApiError

_TABLE_READ = "bigquery.tables.getData"


class Access:
    """The permissions that are denied; safe for threads."""

    def __init__(self) -> None:
        """Start with everything allowed."""
        self._lock = threading.Lock()
        self._denied: set[tuple[str, str | None]] = set()

    def deny(self, *permissions: str, table: str | None = None) -> None:
        """Take permissions such as `bigquery.tables.updateData` away.

        Args:
            permissions: their names.
            table: only on the table of this name, in whatever dataset.

        Raises:
            ValueError: a name that is none of a BigQuery permission.
        """
        for permission in permissions:
            if not permission.startswith("bigquery."):
                raise ValueError(f"not a BigQuery permission: {permission}")
        with self._lock:
            self._denied.update((permission, table) for permission in permissions)

    def allow(self, *permissions: str) -> None:
        """Give permissions back; without names, all."""
        with self._lock:
            self._denied = {
                denied for denied in self._denied if permissions and denied[0] not in permissions
            }

    def has(self, permission: str, *place: str) -> bool:
        """Say whether a permission is held on a project, a dataset or a table."""
        table = place[2] if len(place) == 3 else None
        with self._lock:
            if (permission, None) in self._denied:
                return False
            return table is None or (permission, table) not in self._denied

    def held(self, permissions: Iterable[str], *place: str) -> list[str]:
        """Give those that are held, as testIamPermissions answers."""
        return [permission for permission in permissions if self.has(permission, *place)]

    def require(self, permission: str, *place: str) -> None:
        """Refuse who lacks a permission.

        Args:
            permission: its name.
            place: (project,), (project, dataset) or (project, dataset, table).

        Raises:
            ApiError: 403 `accessDenied`, naming the permission as BigQuery does.
        """
        if not self.has(permission, *place):
            raise ApiError(403, "accessDenied", _message(permission, place))


def _message(permission: str, place: tuple[str, ...]) -> str:
    match place:
        case (project, dataset, table):
            name = f"{project}:{dataset}.{table}"
            if permission == _TABLE_READ:
                return (
                    f"Access Denied: Table {name}: User does not have permission to query table"
                    f" {name}, or perhaps it does not exist."
                )
            kind = "Table"
        case (project, dataset):
            kind, name = "Dataset", f"{project}:{dataset}"
        case _:
            (project,) = place
            return (
                f"Access Denied: Project {project}: User does not have {permission} permission"
                f" in project {project}."
            )
    return (
        f"Access Denied: {kind} {name}: Permission {permission} denied on {kind.lower()} {name}"
        " (or it may not exist)."
    )

"""The credential's variables: what a login takes from them, and what is said when they are unset.

A command that asks the API nothing (`status`, `config show`) does without the credential.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccsync.settings.document import FAULTY, TOP, Document, Fault, Origin, Path
from ccsync.settings.model import CREDENTIALS, FEDERATION_VARIABLES
from ccsync.settings.shapes import as_mapping

_FEDERATION: Path = ("source", "federation")
_OPTIONAL = ("workspace_id", "token_file")
"""Fields of the federation that need not be known."""

_INLINE_TOKEN = "ANTHROPIC_IDENTITY_TOKEN"  # noqa: S105 - the name of a variable

_ABSENT = "no-key-in-the-environment"
"""Stands where a credential would; nobody sends it anywhere."""


def fill_federation(document: Document, environ: Mapping[str, str]) -> None:
    """Take what `source.federation` leaves out from the vendor's variables; empty counts as unset.

    Changes the document in place, where the section is there. What is filled in counts as written
    as `${NAME}`, so that it is shown, and kept out of messages, like any value of a variable.
    """
    section = _section(document, _FEDERATION)
    if section is None:
        return
    for field, variable in FEDERATION_VARIABLES.items():
        if section.get(field) not in (None, ""):
            continue
        section.pop(field, None)
        if value := environ.get(variable, "").strip():
            _put(document, field, value, variable)
    if "token_file" not in section and environ.get(_INLINE_TOKEN, "").strip():
        message = (
            f"is not set, and {_INLINE_TOKEN} is: ccsync reads the token from a file, which is "
            f"renewed in time; write its name here, or set {FEDERATION_VARIABLES['token_file']}"
        )
        path = (*_FEDERATION, "token_file")
        document.faults.append(Fault(document.keys.get(_FEDERATION, TOP), path, message))


def without_key(document: Document, environ: Mapping[str, str], *, allowed: bool) -> None:
    """Let the credential's variable be unset if that is `allowed`; else say where keys come from.

    Changes the document in place. What is wrong beside unset variables stays a fault.
    """
    for path in _credentials():
        section = _section(document, path[:-1])
        lacking = document.unset.get(path)
        if section is None or lacking is None or section.get(str(path[-1])) is not FAULTY:
            continue
        (first, *_) = faults = [fault for fault in document.faults if fault.path == path]
        document.faults = [fault for fault in document.faults if fault not in faults]
        if allowed:
            section[str(path[-1])] = _ABSENT
            document.environment[path] = Origin(lacking.written, _ABSENT, ())
            continue
        for variable in dict.fromkeys(lacking.values):
            message = _message(path, variable, environ)
            document.faults.append(Fault(first.position, path, message))
    federation = _section(document, _FEDERATION)
    if allowed and federation is not None:
        for field, variable in FEDERATION_VARIABLES.items():
            if field not in _OPTIONAL and field not in federation:
                _put(document, field, _ABSENT, variable)


def _credentials() -> Iterator[Path]:
    for name in CREDENTIALS:
        yield ("source", name)
    for field in FEDERATION_VARIABLES:
        yield (*_FEDERATION, field)


def _section(document: Document, path: Path) -> dict[str, object] | None:
    """Give the mapping at a path, to be changed; None if there is none."""
    found: object = document.value
    for step in path:
        found = as_mapping(found).get(str(step))
    return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]


def _put(document: Document, field: str, value: str, variable: str) -> None:
    section = _section(document, _FEDERATION)
    assert section is not None  # noqa: S101 - looked at before
    path = (*_FEDERATION, field)
    section[field] = value
    document.values[path] = document.keys.get(_FEDERATION, TOP)
    document.environment[path] = Origin(f"${{{variable}}}", value, (value,))


def _message(path: Path, variable: str, environ: Mapping[str, str]) -> str:
    from ccsync.source.environment import find_key

    name = str(path[-1])
    state = "empty" if variable in environ else "not set"
    what = f"environment variable {variable} is {state}"
    if name.endswith("_file"):
        return f"{what}; export it, or write the name of the file here"
    if path[:-1] == _FEDERATION:
        return (
            f"{what}; export it, or write the id here: an admin finds it in the Console under "
            "Workload identity"
        )
    if name == "bearer_token":
        return f"{what}; export it: an OAuth token with the scope org:admin"
    found = find_key(environ)
    if found.federation:
        return (
            f"{what}, but {found.name} is: write `federation: {{}}` instead of {name} to log in "
            "without a key"
        )
    if found.is_set and not found.bearer:
        return f"{what}, but {found.name} holds a key: write ${{{found.name}}} here to use it"
    return (
        f"{what}; export it: an Admin key (sk-ant-admin...), which an admin of the organization "
        "makes in the Console under Settings > Admin keys"
    )

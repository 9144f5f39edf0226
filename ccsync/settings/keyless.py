"""The API key's variable when it is not set: not needed by all, and told with where keys come from.

A command that asks the API nothing (`status`, `config show`) does without the key.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccsync.settings.document import FAULTY, Document, Fault, Origin, Path
from ccsync.settings.shapes import as_mapping

_CREDENTIALS = ("api_key", "api_key_file", "bearer_token", "bearer_token_file")

_ABSENT = "no-key-in-the-environment"
"""Stands where a key would; nobody sends it anywhere."""


def without_key(document: Document, environ: Mapping[str, str], *, allowed: bool) -> None:
    """Let the credential's variable be unset if that is `allowed`; else say where keys come from.

    Changes the document in place. What is wrong beside unset variables stays a fault.
    """
    section = as_mapping(as_mapping(document.value).get("source"))
    for name in _CREDENTIALS:
        path: Path = ("source", name)
        lacking = document.unset.get(path)
        if lacking is None or section.get(name) is not FAULTY:
            continue
        (first, *_) = faults = [fault for fault in document.faults if fault.path == path]
        document.faults = [fault for fault in document.faults if fault not in faults]
        if allowed:
            section[name] = _ABSENT
            document.environment[path] = Origin(lacking.written, _ABSENT, ())
            continue
        for variable in dict.fromkeys(lacking.values):
            message = _message(name, variable, environ)
            document.faults.append(Fault(first.position, path, message))


def _message(name: str, variable: str, environ: Mapping[str, str]) -> str:
    from ccsync.source.environment import find_key

    state = "empty" if variable in environ else "not set"
    what = f"environment variable {variable} is {state}"
    if name.endswith("_file"):
        return f"{what}; export it, or write the name of the file here"
    if name == "bearer_token":
        return f"{what}; export it: an OAuth token with the scope org:admin"
    found = find_key(environ)
    if found.is_set and not found.bearer:
        return f"{what}, but {found.name} holds a key: write ${{{found.name}}} here to use it"
    return (
        f"{what}; export it: an Admin key (sk-ant-admin...), which an admin of the organization "
        "makes in the Console under Settings > Admin keys"
    )

"""A document against the type of its settings: a checked value, or every fault at its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from ccsync.secret import Secret
from ccsync.settings import shapes
from ccsync.settings.document import FAULTY, TOP, Document, Fault, Path, Position

S = TypeVar("S", bound=msgspec.Struct)


class Misfit(NamedTuple):
    """Why no type could be chosen for a section, and which of its fields is to blame."""

    name: str
    message: str


Chooser: TypeAlias = Callable[[Path, Mapping[str, Any]], type[msgspec.Struct] | Misfit]
"""Says which type a section has that is declared by its base class only."""


class Checked(NamedTuple):
    """What came out. `value` is None when there are faults."""

    value: Any
    faults: tuple[Fault, ...]
    chosen: Mapping[Path, Any]
    """Each section whose type was chosen and that is right in itself, faults elsewhere or not."""


def check(
    document: Document, kind: type[S], choose: Mapping[type, Chooser] | None = None
) -> Checked:
    """Walk type and document together.

    Every fault is found at once and each cause is blamed once: a value that is faulty already, a
    missing field that was only misspelt, or a rule across fields of a section with faults in it
    gets no line of its own. What came from the environment or is a `Secret` is in no message.
    """
    walk = _Walk(document, choose or {})
    value = walk.read(kind, document.value, ())
    faults = sorted((*document.faults, *walk.faults), key=lambda fault: fault.position)
    return Checked(None if faults else value, tuple(faults), walk.chosen)


def masked(message: str, document: Document, path: Path, *, also: Iterable[str] = ()) -> str:
    """Take out of a message about a path what came from the environment there, and `also`."""
    hidden = set(also)
    for place, origin in document.environment.items():
        if place[: len(path)] == path:
            hidden.update((origin.text, *origin.values))
    for text in sorted(filter(None, hidden), key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", "***", message)
    return message


def closest(name: str, names: Iterable[str]) -> str:
    """Write `; did you mean 'x'?` for the name that looks most like this one, if one does."""
    found = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean '{found[0]}'?" if found else ""


class _Walk:
    def __init__(self, document: Document, choose: Mapping[type, Chooser]) -> None:
        self.faults: list[Fault] = []
        self.chosen: dict[Path, Any] = {}
        self._document = document
        self._choose = choose
        self._secrets: set[str] = set()

    def read(self, kind: Any, value: Any, path: Path) -> Any:
        """Give the value as this type, or blame it and give `FAULTY`."""
        if value is FAULTY:
            return FAULTY
        members = shapes.members(kind)
        if value is None and type(None) in members:
            return None
        fitting = [one for one in members if shapes.fits(one, value)]
        if not fitting:
            return self._blame(path, f"expected {shapes.describe(members)}, {shapes.got(value)}")
        if len(fitting) == 1:
            bare = shapes.bare(fitting[0])
            if shapes.is_section(bare):
                return self._section(bare, value or {}, path)
            if shapes.is_container(value):
                return self._container(fitting[0], value, path)
        return self._scalar(fitting, value, path)

    def _section(self, kind: type[msgspec.Struct], value: dict[str, Any], path: Path) -> Any:
        if chooser := self._choose.get(kind):
            chosen = FAULTY if value.get("type") is FAULTY else chooser(path, value)
            if isinstance(chosen, Misfit):
                place = self._document.values if chosen.name in value else self._document.keys
                below = (*path, chosen.name)
                self._add(place.get(below) or place.get(path, TOP), below, chosen.message)
                return FAULTY
            if not isinstance(chosen, type):
                return FAULTY
            kind = chosen
        before = len(self.faults)
        fields = {one.encode_name: one for one in msgspec.structs.fields(kind)}
        excused = self._unknown_names(value, fields, path)
        given: dict[str, Any] = {}
        for name, field in fields.items():
            if name in value:
                given[field.name] = self.read(field.type, value[name], (*path, name))
            elif field.required and name not in excused:
                self._blame_section(path, (*path, name), "is missing")
        if len(self.faults) > before or any(one is FAULTY for one in given.values()):
            return FAULTY
        try:
            read = kind(**given)
        except ValueError as error:
            return self._blame_section(path, path, self._mask(str(error), path))
        except Exception as error:
            if not chooser:
                raise
            # Another package's, and broken: that must not hide the other faults.
            message = f"the sink type cannot read these settings: {error!r}"
            shown = self._mask(f"{message}; this is a fault of its package", path)
            return self._blame_section(path, path, shown)
        if chooser:
            self.chosen[path] = read
        return read

    def _unknown_names(
        self, value: dict[str, Any], fields: Mapping[str, Any], path: Path
    ) -> set[str]:
        """Blame names that are no field; give the fields that they look like."""
        excused: set[str] = set()
        for name in value:
            if name in fields:
                continue
            free = [one for one in fields if one not in value]
            hint = closest(name, free) or closest(name, fields)
            excused |= {one for one in free if f"'{one}'" in hint}
            below = (*path, name)
            self._add(self._document.keys.get(below, TOP), below, f"no such setting{hint}")
        return excused

    def _container(self, kind: Any, value: dict[str, Any] | list[Any], path: Path) -> Any:
        """Read item by item, so that every faulty one is named; then the container's own rules."""
        if isinstance(value, dict):
            item, items = shapes.item_of_mapping(kind), value.items()
            read = {name: self.read(item, one, (*path, name)) for name, one in items}
            if any(one is FAULTY for one in read.values()):
                return FAULTY
            return self._convert(shapes.emptied(kind), read, path)
        parts = [
            self.read(item, one, (*path, index))
            for index, (item, one) in enumerate(shapes.items_of_list(kind, value))
        ]
        if any(one is FAULTY for one in parts):
            return FAULTY
        return self._convert(shapes.emptied(kind), parts, path)

    def _scalar(self, kinds: list[Any], value: Any, path: Path) -> Any:
        origin = self._document.environment.get(path)
        if any(shapes.bare(kind) is Secret for kind in kinds) and isinstance(value, str):
            self._secrets.add(value)
        before = len(self.faults)
        blame: list[Fault] = []
        for kind in kinds:
            # A variable in a plain scalar may look like a number where text is meant.
            for candidate in [value] if origin is None else [value, origin.text]:
                read = self._convert(kind, candidate, path)
                if read is not FAULTY:
                    del self.faults[before:]
                    return read
            if len(kinds) == 1 or shapes.is_meant(kind, value):
                blame = blame or self.faults[before : before + 1]
            del self.faults[before:]
        self.faults += blame
        return FAULTY if blame else self._blame(path, f"expected {shapes.describe(kinds)}")

    def _convert(self, kind: Any, value: Any, path: Path) -> Any:
        if shapes.is_parsed(shapes.bare(kind)):
            try:
                return shapes.parse(shapes.bare(kind), value)
            except ValueError as error:
                return self._blame(path, self._mask(str(error), path))
        try:
            if choices := shapes.choices(kind):
                if not any(type(value) is type(one) and value == one for one in choices):
                    return self._blame(path, self._choice(choices, value, path))
                return shapes.choose(kind, value)
            return msgspec.convert(value, kind, dec_hook=shapes.parse)
        except msgspec.ValidationError as error:
            message = shapes.plain_words(re.sub(r" - at `\$.*", "", str(error)))
            return self._blame(path, self._mask(message, path))

    def _choice(self, choices: list[Any], value: Any, path: Path) -> str:
        words = [shapes.written(one) for one in choices]
        hint = ""
        if isinstance(value, str) and path not in self._document.environment:
            hint = closest(value, words)
        return f"expected {' or '.join(words)}{hint}"

    def _mask(self, message: str, path: Path) -> str:
        """Take out of somebody else's message what it must not show."""
        return masked(message, self._document, path, also=self._secrets)

    def _blame(self, path: Path, message: str) -> Any:
        self._add(self._document.values.get(path, TOP), path, message)
        return FAULTY

    def _blame_section(self, section: Path, path: Path, message: str) -> Any:
        self._add(self._document.keys.get(section, TOP) if section else TOP, path, message)
        return FAULTY

    def _add(self, position: Position, path: Path, message: str) -> None:
        self.faults.append(Fault(position, path, message))

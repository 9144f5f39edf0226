"""A YAML text as plain values, with the position of each, and every fault in it as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from ccsync.settings.scalars import resolve
from ccsync.settings.variables import expand

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: names and list indexes from the top."""

MAX_DEPTH = 40
MAX_VALUES = 20_000
"""Bounds on a file and what its aliases grow to, far above any settings file."""


class Position(NamedTuple):
    """A place in the text; both count from 1."""

    line: int
    column: int


class Fault(NamedTuple):
    """Something wrong at a place."""

    position: Position
    path: Path
    message: str


class _Faulty:
    """Stands for a value that is blamed already, so that nobody blames it twice."""

    def __repr__(self) -> str:
        return "FAULTY"


FAULTY = _Faulty()

TOP = Position(1, 1)


class Origin(NamedTuple):
    """A scalar with values from the environment in it."""

    written: str
    """As it stands in the file: `${NAME}`."""

    text: str
    """After expansion. Never to be shown, nor is any of `values`."""

    values: tuple[str, ...]


@dataclass
class Document:
    """What was read. Names are text whatever they look like."""

    value: Any = None
    faults: list[Fault] = field(default_factory=list[Fault])
    keys: dict[Path, Position] = field(default_factory=dict[Path, Position])
    """Where the name of a value stands; list items have the place of the item."""

    values: dict[Path, Position] = field(default_factory=dict[Path, Position])
    environment: dict[Path, Origin] = field(default_factory=dict[Path, Origin])
    required: list[str] = field(default_factory=list[str])
    """The variables that need a value, in the file's order."""

    unset: dict[Path, Origin] = field(default_factory=dict[Path, Origin])
    """Scalars that lack nothing but variables: `values` names them. Each has its faults."""


def read(text: str, environ: Mapping[str, str]) -> Document:
    """Read one YAML document and put the environment into its scalars.

    Nothing is raised for what a user may write: every fault is in the answer, and the values that
    it touches are `FAULTY`.
    """
    document = Document()
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None:
            _Walk(document, environ).visit(node, ())
    except yaml.YAMLError as error:
        document.value = FAULTY
        document.faults.append(_syntax_fault(error, text))
    finally:
        if loader is not None:
            loader.dispose()
    return document


# BaseResolver knows no YAML 1.1 words, and an empty tag tells a scalar without a tag of its own.
class _Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            mark = _start(self.peek_event())  # type: ignore[no-untyped-call]
            raise _Refused(problem=_TOO_DEEP, problem_mark=mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:  # noqa: ARG002 - PyYAML's
        return ""


class _Refused(yaml.MarkedYAMLError):
    """Valid YAML that no settings file needs."""


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


class _Walk:
    """Turns nodes into values; aliases are followed, within bounds."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self._document = document
        self._environ = environ
        self._inside: set[int] = set()
        self._count = 0

    def visit(self, node: yaml.Node, path: Path) -> None:
        self._document.value = self._value(node, path)

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            raise _refused(node, f"more than {MAX_VALUES} values, with what its aliases stand for")
        if id(node) in self._inside:
            raise _refused(node, "an anchor that contains itself")
        if len(path) > MAX_DEPTH:
            raise _refused(node, _TOO_DEEP)
        self._document.values[path] = _position(node)
        self._document.keys.setdefault(path, _position(node))
        if node.tag:
            return self._blame(node, path, "tags such as !!str are not used in settings")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._inside.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        finally:
            self._inside.remove(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any] | _Faulty:
        found: dict[str, Any] = {}
        clear = True
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag:
                clear = False
                self._blame(key, path, "a name must be plain text")
                continue
            name = str(key.value)
            below = (*path, name)
            if odd := _no_text(name):
                clear = False
                self._blame(key, path, f"a name {odd}")
            elif name in found:
                first = self._document.keys[below].line
                self._blame(key, below, f"duplicate name (first set on line {first})")
            elif name == "<<" and key.style is None:
                clear = False
                self._blame(
                    key, path, "merge keys (<<) are not in YAML 1.2; write the settings out"
                )
            else:
                self._document.keys[below] = _position(key)
                found[name] = self._value(item, below)
        return found if clear else FAULTY

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        expanded = expand(node.value, self._environ)
        self._document.required += [
            name for name in expanded.required if name not in self._document.required
        ]
        if expanded.faults:
            for message in dict.fromkeys(expanded.faults):
                self._blame(node, path, message)
            if len(expanded.unset) == len(expanded.faults):
                self._document.unset[path] = Origin(node.value, "", expanded.unset)
            return FAULTY
        if odd := _no_text(expanded.text):
            whose = ", as its environment variable has them" if expanded.values else ""
            return self._blame(node, path, odd + whose)
        if expanded.values:
            self._document.environment[path] = Origin(node.value, expanded.text, expanded.values)
        return resolve(expanded.text) if node.style is None else expanded.text

    def _blame(self, node: yaml.Node, path: Path, message: str) -> _Faulty:
        self._document.faults.append(Fault(_position(node), path, message))
        return FAULTY


def _no_text(text: str) -> str:
    """Say what keeps a text from being written to files, headers and reports; "" if nothing does.

    The environment may hold any bytes, and YAML's escapes name what is no character.
    """
    if "\0" in text:
        return "holds a character of value zero (\\0)"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds bytes that are not UTF-8 text"
    return ""


def _start(event: Any) -> Any:
    return event.start_mark


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _refused(node: yaml.Node, problem: str) -> _Refused:
    return _Refused(problem=problem, problem_mark=node.start_mark)


def _syntax_fault(error: yaml.YAMLError, text: str) -> Fault:
    if isinstance(error, ReaderError):
        before = text[: error.position]
        place = Position(before.count("\n") + 1, error.position - before.rfind("\n"))
        return Fault(place, (), "not valid YAML: a control character")
    if not isinstance(error, yaml.MarkedYAMLError):
        return Fault(TOP, (), "not valid YAML")
    mark = error.problem_mark or error.context_mark
    place = Position(mark.line + 1, mark.column + 1) if mark else TOP
    problem = error.problem or error.context or "it cannot be read"
    if "another document" in problem:
        problem = "a second document (---); settings are one document"
    message = problem if isinstance(error, _Refused) else f"not valid YAML: {problem}"
    line = text.splitlines()[place.line - 1 : place.line]
    if any("${" in part for part in line):
        message += " (inside { } or [ ], and with ': ' in it, \"${NAME}\" needs quotes)"
    elif "'\\t'" in problem:
        message += " (indent with blanks, not with tabs)"
    return Fault(place, (), message)

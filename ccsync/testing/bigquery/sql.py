"""BigQuery SQL as text: cut into statements, parsed, and refused as BigQuery refuses it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.extra import needs_extras

with needs_extras():
    import sqlglot
    from sqlglot import Token, TokenType, exp
    from sqlglot.errors import ParseError, SqlglotError

if TYPE_CHECKING:
    Tree: TypeAlias = exp.Expr
else:
    Tree = exp.Expression

_BIGQUERY = sqlglot.Dialect.get_or_raise("bigquery")
_POSITION = ("line", "col", "start", "end")
_DEEPER = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
_HIGHER = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)


@dataclass(frozen=True)
class Statement:
    """One statement."""

    text: str
    tree: Tree
    """To be read only: who parses the same text has it, too."""


def invalid_query(message: str) -> ApiError:
    """Refuse a query; BigQuery says where it is wrong by the parameter's name, `q`."""
    return ApiError(400, "invalidQuery", message, "q")


def statements(text: str) -> list[Statement]:
    """Cut a script at its semicolons and parse each statement.

    Raises:
        ApiError: 400 `invalidQuery`, a syntax error, or nothing in it.
    """
    found = [Statement(one, _parsed(one)) for one in _pieces(text)]
    if not found:
        raise invalid_query("Syntax error: Unexpected end of script")
    return found


def parse(text: str) -> Tree:
    """Parse one statement; gives a tree of the caller's own.

    Raises:
        ApiError: 400 `invalidQuery`, a syntax error with line and column.
    """
    return _parsed(text).copy()


@functools.lru_cache(maxsize=512)
def datasets_named(text: str) -> tuple[tuple[str, str], ...]:
    """Give project and dataset, "" where there is none, of each table that a script names.

    Raises:
        ApiError: 400 `invalidQuery`, as `statements`.
    """
    tables = (table for one in statements(text) for table in one.tree.find_all(exp.Table))
    return tuple((table.catalog, table.db) for table in tables)


@functools.lru_cache(maxsize=512)
def defining_query(text: str) -> str:
    """Give the query of a CREATE VIEW as it was written.

    Raises:
        ApiError: there is none.
    """
    depth = 0
    for token in _tokens(text):
        depth += (token.token_type in _DEEPER) - (token.token_type in _HIGHER)
        if depth == 0 and token.token_type == TokenType.ALIAS:
            return text[token.end + 1 :].strip()
    raise invalid_query("Syntax error: Expected keyword AS but got end of statement")


@functools.lru_cache(maxsize=512)
def _parsed(text: str) -> Tree:
    try:
        tree = sqlglot.parse_one(text, read=_BIGQUERY)
    except ParseError as error:
        said = error.errors[0] if error.errors else {}
        what = str(said.get("description", error)).partition("<Token")[0].strip()
        near = f" near {said['highlight']}" if said.get("highlight") else ""
        at = f" at [{said['line']}:{said['col']}]" if said.get("line") else ""
        raise invalid_query(f"Syntax error: {what}{near}{at}") from error
    except SqlglotError as error:
        raise invalid_query(f"Syntax error: {error}") from error
    for node in tree.walk():
        # Only errors of the parser say where a word stood, and copying that takes longest.
        for key in _POSITION:
            node.meta.pop(key, None)
    return tree


@functools.lru_cache(maxsize=512)
def _pieces(text: str) -> tuple[str, ...]:
    pieces: list[str] = []
    start = 0
    for token in _tokens(text):
        if token.token_type == TokenType.SEMICOLON:
            pieces.append(text[start : token.start])
            start = token.end + 1
    pieces.append(text[start:])
    return tuple(piece.strip() for piece in pieces if _tokens(piece))


def _tokens(text: str) -> list[Token]:
    try:
        return _BIGQUERY.tokenize(text)
    except SqlglotError as error:
        raise invalid_query(f"Syntax error: {error}") from error

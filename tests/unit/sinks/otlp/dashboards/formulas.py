"""Arithmetic of formulas over lines: a line has a group of tags, and values by step."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeGuard

Group: TypeAlias = tuple[tuple[str, str], ...]
"""Tags and values, sorted."""

Lines: TypeAlias = dict[Group, dict[int, float]]

Functions: TypeAlias = Mapping[str, Callable[..., Lines]]

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: lambda one, other: one / other,
}


def calculate(text: str, lines: Mapping[str, Lines], functions: Functions) -> Lines:
    """Work out a formula; what it does not know is an error, and nothing is guessed."""
    (node,) = ast.parse(text.replace("$", "")).body
    assert isinstance(node, ast.Expr)
    answer = _value(node.value, lines, functions)
    assert _is_lines(answer), text
    return answer


def _value(node: ast.expr, lines: Mapping[str, Lines], functions: Functions) -> Any:
    match node:
        case ast.Name(id=name):
            return lines[name]
        case ast.Constant(value=value):
            return value
        case ast.BinOp(left=left, op=op, right=right):
            one, other = (_value(side, lines, functions) for side in (left, right))
            return combine(one, other, _OPERATORS[type(op)])
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return functions[name](*(_value(one, lines, functions) for one in arguments))
        case _:
            raise AssertionError(f"{ast.unparse(node)} is no formula that is known")


def combine(one: Any, other: Any, operator: Callable[[float, float], float]) -> Lines:
    """Put lines together that have the same group; a side without groups goes with every line.

    Where either has no value, or the divisor is zero, there is none.
    """
    if not _is_lines(one):
        number = float(one)
        return _each(other, lambda value: operator(number, value))
    if not _is_lines(other):
        number = float(other)
        return _each(one, lambda value: operator(value, number))
    found: Lines = {}
    for group, values in one.items():
        partner = other.get(group, other.get(()) if len(other) == 1 else None)
        for step in values.keys() & (partner or {}).keys():
            assert partner is not None
            try:
                found.setdefault(group, {})[step] = operator(values[step], partner[step])
            except ZeroDivisionError:
                continue
    return found


def _is_lines(value: Any) -> TypeGuard[Lines]:
    """Tell lines from numbers."""
    return isinstance(value, dict)


def _each(lines: Lines, change: Callable[[float], float]) -> Lines:
    return {
        group: {step: change(value) for step, value in values.items()}
        for group, values in lines.items()
    }

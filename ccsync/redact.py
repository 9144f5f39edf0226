"""Takes keys out of text before anybody sees it: logs, errors, tracebacks.

Two ways, because neither is enough: what looks like a key goes whatever it is, and the secrets of
the loaded settings go by value, however they came into the text.
"""

from __future__ import annotations

import re
import threading

MASK = "***"

SHORTEST = 4
"""A registered value shorter than this is no secret, and masking it would spoil every text."""

HEADERS = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "dd-api-key",
        "x-honeycomb-team",
        "x-goog-api-key",
        "cookie",
        "set-cookie",
    )
)
"""Headers (and field names) whose whole value is a secret."""

# A header may stand in a repr, in JSON, in a list of byte pairs or in plain text. A name that is
# part of a settings path (`headers.authorization: environment variable ...`) or of the name of a
# file (`secrets/api-key: No such file`) is no header.
_HEADER = re.compile(
    r"(?<![\w./-])(" + "|".join(sorted(HEADERS, key=len, reverse=True)) + r")"
    r"""((?:\\*["'])?\s*(?:[:=]|,\s*(?=b?\\*["']))\s*(?:b?\\*["'])?)"""
    r"""(?:(?:Bearer|Basic|ApiKey|Api-Token|Token)\s+)?[^\s"',;)\]}\\]+""",
    re.IGNORECASE,
)
_USERINFO = r"\b([a-z][a-z0-9+.-]*://[^\s/:@'\"]*):[^\s/@'\"]+@"
_PEM = r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
_BEARER = r"\b(Bearer)\s+(?!tokens?(?![\w~+/=-]|\.\w))[A-Za-z0-9._~+/=-]{4,}"
_SHAPES = (
    # "sk-ant-admin..." and "a bearer token with the scope" are prose, and our own.
    (re.compile(r"sk-ant-(?!(?:admin|usr|api(?:01)?|oat)\.{3})[A-Za-z0-9_-]+"), f"sk-ant-{MASK}"),
    (re.compile(_BEARER, re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\bya29\.[\w.-]+"), MASK),
    (re.compile(_USERINFO, re.IGNORECASE), rf"\1:{MASK}@"),
    (re.compile(_PEM, re.DOTALL), f"{MASK} (a private key)"),
)

_lock = threading.Lock()
_registered: dict[str, None] = {}
_values: re.Pattern[str] | None = None


def register(secret: str) -> None:
    """Mask this value wherever it appears from now on, also escaped or percent-encoded."""
    global _values
    from urllib.parse import quote, quote_plus

    with _lock:
        for text in (secret, secret.strip()):
            escaped = text.encode("unicode_escape").decode("ascii")
            json_escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            # What is no UTF-8 text is refused in settings, but must not be what fails here.
            encodable = text.encode(errors="surrogatepass")
            for form in (text, escaped, json_escaped, quote(encodable, ""), quote_plus(encodable)):
                if len(form) >= SHORTEST:
                    _registered[form] = None
        if _registered:
            longest_first = sorted(_registered, key=len, reverse=True)
            _values = re.compile("|".join(map(re.escape, longest_first)))


def forget() -> None:
    """Forget every registered value; for tests."""
    global _values
    with _lock:
        _registered.clear()
        _values = None


def redact(text: str) -> str:
    """Give the text without anything that is, or looks like, a key."""
    if _values is not None:
        text = _values.sub(MASK, text)
    text = _HEADER.sub(rf"\1\2{MASK}", text)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text

"""Why there is no login: now, or until someone changes something."""

from __future__ import annotations

from ccsync.errors import CcsyncError, Exit


class LoginError(CcsyncError):
    """There is no login to Google Cloud."""


class LoginUnavailable(LoginError):
    """Not now: the server that gives tokens is away, or not ready yet. May be tried again."""

    exit = Exit.UNAVAILABLE


class LoginRefused(LoginError):
    """Not until someone changes something. Says which login was found, and what to do."""

    exit = Exit.REFUSED

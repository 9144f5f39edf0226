"""ccsync keeps an organization's Claude Code usage true in the places where people look."""

__version__ = "0.1.0"

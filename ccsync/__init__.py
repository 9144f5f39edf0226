"""ccsync keeps an organization's Claude Code usage true in the places where people look."""

__version__ = "0.1.0"

USER_AGENT = f"ccsync/{__version__} (+https://github.com/ccsync/ccsync)"
"""How ccsync introduces itself to the API and to destinations."""

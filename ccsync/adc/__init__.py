"""The login to Google Cloud: Application Default Credentials, with patience and plain words.

Used by whatever speaks to Google's APIs: the BigQuery sink, a state store in a bucket. Needs
google-auth and requests (extra `bigquery`), imported when a login is asked for.

A pod's identity comes from the metadata server, which refuses connections in the first seconds of a
pod. In that time its absence is `LoginUnavailable`, which may be tried again; later it is
`LoginRefused`. Nothing in here waits, and no message holds a token.
"""

from __future__ import annotations

from ccsync.adc.errors import LoginError, LoginRefused, LoginUnavailable
from ccsync.adc.login import PATIENCE, SCOPE, Adc, Login
from ccsync.adc.ways import VARIABLE

__all__ = [
    "PATIENCE",
    "SCOPE",
    "VARIABLE",
    "Adc",
    "Login",
    "LoginError",
    "LoginRefused",
    "LoginUnavailable",
]

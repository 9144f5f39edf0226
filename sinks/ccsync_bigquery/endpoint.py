"""Where requests go, and whether with a login: settings, environment and Google's default. Pure.

The official client has ideas of its own about `BIGQUERY_EMULATOR_HOST`: it wants a scheme in it,
and looks for credentials all the same. So the address is decided here and always given to it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from ccsync.errors import SettingsError
from ccsync.sink import SettingsFault
from ccsync_bigquery import names
from ccsync_bigquery.settings import BigQueryConfig

EMULATOR = "BIGQUERY_EMULATOR_HOST"
UNIVERSE = "GOOGLE_CLOUD_UNIVERSE_DOMAIN"
MTLS = "GOOGLE_API_USE_MTLS_ENDPOINT"

_GOOGLE = "googleapis.com"

_LONGEST_TIMEOUT = 600
"""Seconds. Longer than any answer takes, and short enough for every operating system."""


class Endpoint(msgspec.Struct, frozen=True):
    """The address of the API."""

    url: str
    """Scheme, host and perhaps port; no slash at the end."""

    anonymous: bool
    """On this machine: spoken to without credentials, and without the environment's proxies."""

    given_by: str = ""
    """The setting or variable that named it; "" for Google's own."""


def resolve(config: BigQueryConfig, environ: Mapping[str, str]) -> Endpoint:
    """Work out where requests go.

    Raises:
        SettingsError: with every fault found.
    """
    endpoint, found = _resolved(config, environ)
    if found or endpoint is None:
        raise SettingsError(*(f"{one.path}: {one.message}".lstrip(": ") for one in found))
    return endpoint


def faults(config: BigQueryConfig, environ: Mapping[str, str]) -> list[SettingsFault]:
    """Say what is wrong with the dataset's name, the address, whom to act as, and the timeout."""
    return _resolved(config, environ)[1]


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only be this machine."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _resolved(
    config: BigQueryConfig, environ: Mapping[str, str]
) -> tuple[Endpoint | None, list[SettingsFault]]:
    wrong = names.fault(config.dataset, config.billing_project)
    found = [SettingsFault("dataset", wrong)] if wrong else []
    endpoint: Endpoint | None = None
    emulator = environ.get(EMULATOR, "").strip()
    universe = environ.get(UNIVERSE, "").strip() or _GOOGLE
    try:
        if config.endpoint is not None:
            endpoint = _parsed(config.endpoint.strip(), "endpoint")
        elif emulator:
            endpoint = _parsed(emulator if "://" in emulator else f"http://{emulator}", EMULATOR)
        else:
            endpoint = Endpoint(f"https://bigquery.{universe}", anonymous=False)
    except ValueError as error:
        by_setting = config.endpoint is not None
        found.append(
            SettingsFault("endpoint", str(error))
            if by_setting
            else SettingsFault("", f"{EMULATOR}: {error}")
        )
    if endpoint is not None and endpoint.given_by and environ.get(MTLS, "").strip() == "always":
        what = "sends every request to Google's own mTLS address, not to"
        found.append(SettingsFault("", f"{MTLS}=always {what} {endpoint.given_by}; unset one"))
    who = config.impersonate_service_account
    if who is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", who):
        what = "expected the e-mail address of a service account"
        found.append(SettingsFault("impersonate_service_account", what))
    if not 0 < config.timeout <= _LONGEST_TIMEOUT:
        found.append(SettingsFault("timeout", "expected more than 0s, and 10m at most"))
    return endpoint, found


def _parsed(text: str, given_by: str) -> Endpoint:
    """Read an address.

    Raises:
        ValueError: it cannot be used; says why, without the address.
    """
    if "://" not in text:
        raise ValueError("expected http:// or https:// and a host, as http://127.0.0.1:9050")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("its host or port cannot be read") from None
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.:-]+", host):
        raise ValueError("expected http:// or https:// and a host, as http://127.0.0.1:9050")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected no user and password in it: the login is Google's")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("expected nothing after the host: /bigquery/v2 is added")
    here = is_loopback(host)
    if parts.scheme == "http" and not here:
        raise ValueError(
            "plain http is for an emulator on this machine only, as the login's token would go "
            "unencrypted; expected https://"
        )
    shown = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    return Endpoint(url, anonymous=here, given_by=given_by)

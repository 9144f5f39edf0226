"""Where requests go and how: settings, OTEL_EXPORTER_OTLP_* and defaults made into one. Pure.

As the OTLP exporter specification has it: settings win, then OTEL_EXPORTER_OTLP_METRICS_...,
then OTEL_EXPORTER_OTLP_..., then defaults; an empty variable is an unset one. Each option is taken
as a whole from the first place that has it: headers are never mixed. Two decisions of our own:

- Timeouts of the environment are milliseconds, as the specification says; the official Python
  exporter reads seconds. Values below 100 are called faults, as they are meant as seconds.
- Headers of the environment are not sent to an address that the settings name if the environment
  names another one: a key goes to the host that it was given for, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit

import msgspec

from ccsync.errors import SettingsError
from ccsync.secret import Secret
from ccsync.sink import Finding
from ccsync_otlp import address, headers
from ccsync_otlp.settings import OtlpConfig

Protocol: TypeAlias = Literal["http/protobuf", "grpc"]
Compression: TypeAlias = Literal["gzip", "none"]

METRICS_PATH = "/v1/metrics"
DEFAULTS: Mapping[Protocol, str] = {
    "http/protobuf": "http://localhost:4318",
    "grpc": "http://localhost:4317",
}
DEFAULT_TIMEOUT = 10.0
LEAST_MILLISECONDS = 100

_LONGEST_TIMEOUT = 600
"""Seconds. Longer than any answer takes, and short enough for every operating system."""

_GENERAL = "OTEL_EXPORTER_OTLP_"
_LEAST_KEY = 12
"""Characters from which on a value in a query is taken for a key."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a transport needs to know."""

    protocol: Protocol
    url: Secret
    """Complete; may hold a key in its query, as some vendors want it."""

    host: str
    port: int
    secure: bool
    address: str
    """For messages and for the destination's identity: scheme, host, port, path; no query."""

    headers: Mapping[str, Secret]
    """By lower-case name."""

    compression: Compression
    timeout: float
    """Of one request, in seconds."""

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    notes: tuple[Finding, ...] = ()
    """What a user should know about this choice, although it works."""

    @property
    def place(self) -> str:
        """Host and port, as messages name them."""
        return _place(self.host, self.port)

    def secrets(self) -> list[str]:
        """Give everything that no text may show."""
        query = urlsplit(self.url.reveal()).query
        in_query = [value for _, value in parse_qsl(query) if len(value) >= _LEAST_KEY]
        return [*(one.reveal() for one in self.headers.values()), query, *in_query]


def resolve(
    config: OtlpConfig,
    environ: Mapping[str, str],
    *,
    default_endpoint: str | None = None,
    protocols: Sequence[Protocol] = ("http/protobuf", "grpc"),
) -> Endpoint:
    """Work out where requests go.

    Args:
        config: the sink's settings.
        environ: the environment.
        default_endpoint: the preset's, for when neither settings nor environment name one; with
            its path, if it has one.
        protocols: what the preset's backend speaks.

    Raises:
        SettingsError: with every fault found. Values are not echoed: they may be secrets.
    """
    return _Resolver(config, environ).resolve(default_endpoint, protocols)


class _Resolver:
    """Collects faults and notes on the way."""

    def __init__(self, config: OtlpConfig, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._faults: list[str] = []
        self._notes: list[Finding] = []

    def resolve(self, default_endpoint: str | None, protocols: Sequence[Protocol]) -> Endpoint:
        protocol = self._protocol(protocols)
        parts, verbatim = self._url(protocol, default_endpoint)
        sent = self._headers(protocol, parts)
        compression = self._compression()
        timeout = self._timeout()
        ca_file = self._config.tls.ca_file or self._variable("CERTIFICATE")[1] or None
        certificate, key = self._client_certificate()
        if self._faults or parts is None or parts.hostname is None:
            raise SettingsError(*self._faults)
        path = parts.path
        if protocol == "grpc":
            path = ""
        elif not verbatim:
            path = parts.path.rstrip("/") + METRICS_PATH
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        endpoint = Endpoint(
            protocol=protocol,
            url=Secret(parts._replace(path=path or "/").geturl()),
            host=parts.hostname,
            port=port,
            secure=secure,
            address=f"{parts.scheme}://{_place(parts.hostname, port)}{path}",
            headers=sent,
            compression=compression,
            timeout=timeout,
            ca_file=ca_file,
            certificate_file=certificate,
            key_file=key,
        )
        self._note_plain_http(endpoint)
        return msgspec.structs.replace(endpoint, notes=tuple(self._notes))

    def _variable(self, name: str) -> tuple[str, str]:
        """Give name and value of the variable that counts; the value is "" when none is set."""
        for variable in (f"{_GENERAL}METRICS_{name}", f"{_GENERAL}{name}"):
            if value := self._environ.get(variable, "").strip():
                return variable, value
        return f"{_GENERAL}{name}", ""

    def _protocol(self, allowed: Sequence[Protocol]) -> Protocol:
        variable, value = self._variable("PROTOCOL")
        where = "protocol" if self._config.protocol else variable
        wanted = self._config.protocol or value
        if not wanted:
            return allowed[0]
        if wanted == "http/json":
            self._faults.append(f"{where}: http/json is not offered; use http/protobuf")
        elif wanted not in DEFAULTS:
            self._faults.append(f"{where}: expected http/protobuf or grpc")
        elif wanted not in allowed:
            self._faults.append(
                f"{where}: the preset {self._config.preset} speaks {' and '.join(allowed)} only"
            )
        return "grpc" if wanted == "grpc" else "http/protobuf"

    def _url(self, protocol: Protocol, default: str | None) -> tuple[SplitResult | None, bool]:
        """Give the address, and whether its path is to be left as it is."""
        variable, value = self._variable("ENDPOINT")
        specific = "METRICS" in variable
        if self._config.endpoint is not None:
            parts = self._parsed("endpoint", self._config.endpoint.strip(), protocol)
            return parts, parts is not None and parts.path not in ("", "/")
        if value:
            return self._parsed(variable, value, protocol), specific
        parts = self._parsed("endpoint", default or DEFAULTS[protocol], protocol)
        return parts, parts is not None and parts.path not in ("", "/")

    def _parsed(self, where: str, text: str, protocol: Protocol) -> SplitResult | None:
        if "://" not in text and protocol == "grpc":
            text = f"{'http' if self._insecure() else 'https'}://{text}"
        try:
            return address.parse(text, grpc=protocol == "grpc", may_show=where == "endpoint")
        except ValueError as error:
            self._faults.append(f"{where}: {error}")
            return None

    def _insecure(self) -> bool:
        variable, value = self._variable("INSECURE")
        if value.lower() not in ("", "true", "false"):
            self._faults.append(f"{variable}: expected true or false")
        return value.lower() == "true"

    def _headers(self, protocol: Protocol, parts: SplitResult | None) -> dict[str, Secret]:
        where, value = self._variable("HEADERS")
        # Read even if unused: the exporter reads it too, and would log what it cannot read.
        taken, faults = headers.read_list(where, value)
        self._faults += faults
        if self._config.headers:
            where = "headers"
            taken = {name.lower(): one for name, one in self._config.headers.items()}
            if len(taken) != len(self._config.headers):
                self._faults.append(f"{where}: a header stands twice, in upper and lower case")
        elif taken and self._belongs_elsewhere(parts):
            self._notes.append(
                Finding(
                    "warning",
                    f"{where} is set, but not sent: the settings name another host than the "
                    "environment does",
                    "put what this destination needs into the sink's headers",
                )
            )
            return {}
        self._faults += headers.faults_in(where, taken, grpc=protocol == "grpc")
        return taken

    def _belongs_elsewhere(self, parts: SplitResult | None) -> bool:
        """Tell whether the environment's headers are meant for another host than ours."""
        _, theirs = self._variable("ENDPOINT")
        if self._config.endpoint is None or not theirs or parts is None:
            return False
        return address.host_of(theirs) != parts.hostname

    def _compression(self) -> Compression:
        if self._config.compression is not None:
            return self._config.compression
        variable, value = self._variable("COMPRESSION")
        if value not in ("", "gzip", "none"):
            self._faults.append(f"{variable}: expected gzip or none")
        return "none" if value == "none" else "gzip"

    def _timeout(self) -> float:
        if self._config.timeout is not None:
            if not 0 < self._config.timeout <= _LONGEST_TIMEOUT:
                self._faults.append("timeout: expected more than 0s, and at most 10m")
            return float(self._config.timeout)
        variable, value = self._variable("TIMEOUT")
        if not value:
            return DEFAULT_TIMEOUT
        if not re.fullmatch(r"\d{1,9}", value):
            self._faults.append(f"{variable}: expected milliseconds, as 10000 for 10 seconds")
        elif int(value) < LEAST_MILLISECONDS:
            self._faults.append(
                f"{variable}: {int(value)} milliseconds are too few; write 10000 for 10 seconds"
            )
        else:
            return int(value) / 1000
        return DEFAULT_TIMEOUT

    def _client_certificate(self) -> tuple[str | None, str | None]:
        if self._config.tls.certificate_file is not None:
            return self._config.tls.certificate_file, self._config.tls.key_file
        certificate = self._variable("CLIENT_CERTIFICATE")[1] or None
        variable, key = self._variable("CLIENT_KEY")
        if key and certificate is None:
            self._faults.append(
                f"{variable}: a key without a certificate; set {_GENERAL}CLIENT_CERTIFICATE too"
            )
        return certificate, key or None

    def _note_plain_http(self, endpoint: Endpoint) -> None:
        if endpoint.secure or not endpoint.headers:
            return
        if address.is_loopback(endpoint.host) or address.is_private(endpoint.host):
            return
        names = ", ".join(sorted(endpoint.headers))
        self._notes.append(
            Finding(
                "warning",
                f"headers ({names}) go unencrypted to {endpoint.place}",
                "use https:// if the receiver offers it",
            )
        )


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

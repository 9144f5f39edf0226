"""The server of the double: the simulator's, with TLS around it where there is a certificate."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

from ccsync.simulator.server import LOOPBACK, Respond, Server


def start(respond: Respond, certificate: Path | None, key: Path | None) -> Server:
    """Serve on a free port of loopback, in the background."""
    server = Server(0, respond, lambda: dt.datetime.now(dt.UTC))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # The handshake belongs to the thread of each connection, not to the one that accepts.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    server.start()
    return server


def address(server: Server, certificate: Path | None) -> str:
    """Give its address, without a path."""
    return f"{'http' if certificate is None else 'https'}://{LOOPBACK}:{server.port}"


def failures(server: Server) -> list[BaseException]:
    """Give what went wrong on our side; a client that does not trust us, or left, is no fault."""
    return [error for error in server.failures if not isinstance(error, OSError)]

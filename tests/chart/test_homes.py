"""Helm and kubectl of the tests keep what they remember of a cluster below the test's directory.

With no home they would keep it in the working directory, which is the checkout; and with that of
whoever runs the tests, they would mix it with theirs. An API server with nothing in it is enough.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.support.cluster_helm import kubectl
from tests.support.helm import HELMS, brought, environment
from tests.support.manifests import Json

ANSWERS: dict[str, Json] = {
    "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["get"]}
        ],
    },
    "/api/v1/namespaces/analytics/secrets": {
        "kind": "SecretList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "1"},
        "items": [],
    },
}


class Answering(BaseHTTPRequestHandler):
    """An API server that knows a kind of which there are no objects."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = ANSWERS.get(self.path.partition("?")[0])
        missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound"}
        body = json.dumps(found or {**missing, "code": 404}).encode()
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so it is called
        """Say nothing."""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """Give the settings for such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        path = tmp_path / "kubeconfig.yaml"
        address = f"http://127.0.0.1:{server.server_port}"
        content: Json = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "clusters": [{"name": "test", "cluster": {"server": address}}],
            "users": [{"name": "test", "user": {}}],
        }
        path.write_text(yaml.safe_dump(content), "utf-8")
        yield path
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Give a chart of one ConfigMap."""
    place = tmp_path / "chart"
    (place / "templates").mkdir(parents=True)
    (place / "Chart.yaml").write_text("apiVersion: v2\nname: one\nversion: 1.0.0\n", "utf-8")
    (place / "templates" / "one.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n", "utf-8"
    )
    return place


def asked(helm: str, chart: Path, given: dict[str, str], directory: Path) -> None:
    """Have the server looked at as before an installation, from some directory."""
    directory.mkdir()
    done = subprocess.run(
        [
            *(brought(helm), "install", "one", chart, "--namespace=analytics"),
            *("--dry-run=server", "--disable-openapi-validation"),
        ],
        env=given,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def remembered(place: Path) -> list[Path]:
    """Find what was remembered of a server."""
    return sorted(place.rglob("servergroups.json"))


@pytest.mark.parametrize("helm", HELMS)
def test_helm_remembers_a_cluster_below_its_home(
    helm: str, chart: Path, kubeconfig: Path, tmp_path: Path
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    given = environment(home) | {"KUBECONFIG": str(kubeconfig)}
    asked(helm, chart, given, here)
    assert remembered(home)
    assert not list(here.iterdir())


@pytest.mark.parametrize("helm", HELMS)
def test_without_a_home_it_would_be_the_working_directory(
    helm: str, chart: Path, kubeconfig: Path, tmp_path: Path
) -> None:
    """That the test above can fail."""
    here = tmp_path / "here"
    asked(helm, chart, {"PATH": "/usr/bin:/bin", "KUBECONFIG": str(kubeconfig)}, here)
    assert remembered(here / ".kube")


def test_kubectl_remembers_a_cluster_beside_its_settings(kubeconfig: Path) -> None:
    brought("kubectl")
    done = kubectl(kubeconfig, "analytics", "api-resources")
    assert done.exit == 0, done.stderr
    assert "configmaps" in done.stdout
    assert remembered(kubeconfig.parent)

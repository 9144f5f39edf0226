"""The double is as strict as the API server where a client could get something wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ccsync.testing.kubernetes import Fault, KubernetesDouble

PATH = "/api/v1/namespaces/analytics/configmaps/ccsync"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KubernetesDouble]:
    with KubernetesDouble(tmp_path) as cluster:
        cluster.create()
        yield cluster


@pytest.fixture
def client(cluster: KubernetesDouble) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {cluster.token}"}
    with httpx.Client(base_url=cluster.address, headers=headers, trust_env=False) as client:
        yield client


def put(client: httpx.Client, configmap: dict[str, Any], **more: Any) -> dict[str, Any]:
    answered: dict[str, Any] = client.put(PATH, json=configmap, **more).json()
    return answered


def test_a_configmap_is_read_and_replaced(cluster: KubernetesDouble, client: httpx.Client) -> None:
    found = client.get(PATH).json()
    assert (found["kind"], found["metadata"]["namespace"]) == ("ConfigMap", "analytics")
    assert "data" not in found
    changed = put(client, {**found, "data": {"a": "b"}})
    assert changed["data"] == {"a": "b"}
    assert changed["metadata"]["resourceVersion"] != found["metadata"]["resourceVersion"]
    assert changed["metadata"]["uid"] == found["metadata"]["uid"]
    assert cluster.read() == changed


def test_an_old_version_is_a_conflict(client: httpx.Client) -> None:
    found = client.get(PATH).json()
    put(client, {**found, "data": {"a": "b"}})
    said = put(client, {**found, "data": {"a": "c"}})
    assert (said["code"], said["reason"]) == (409, "Conflict")
    assert said["message"].startswith(
        'Operation cannot be fulfilled on configmaps "ccsync": the object has been modified'
    )


def test_without_a_version_it_is_replaced_whatever_it_is(client: httpx.Client) -> None:
    put(client, {**client.get(PATH).json(), "data": {"a": "b"}})
    bare = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "ccsync"}}
    assert "data" not in put(client, bare)


def test_a_replacement_by_itself_makes_no_version(client: httpx.Client) -> None:
    found = client.get(PATH).json()
    assert put(client, found) == found


def test_a_dry_run_keeps_nothing(cluster: KubernetesDouble, client: httpx.Client) -> None:
    found = client.get(PATH).json()
    assert put(client, {**found, "data": {"a": "b"}}, params={"dryRun": "All"})["data"]
    assert cluster.read() == found


@pytest.mark.parametrize(
    ("method", "path", "verb"),
    [
        ("GET", PATH.rpartition("/")[0], "list"),
        ("POST", PATH.rpartition("/")[0], "create"),
        ("PATCH", PATH, "patch"),
        ("DELETE", PATH, "delete"),
        ("GET", f"{PATH}-2", "get"),
        ("GET", PATH.replace("analytics", "kube-system"), "get"),
    ],
)
def test_nothing_else_is_allowed(client: httpx.Client, method: str, path: str, verb: str) -> None:
    said = client.request(method, path).json()
    assert said["details"]["kind"] == "configmaps"
    assert (said["kind"], said["status"], said["code"]) == ("Status", "Failure", 403)
    assert f'cannot {verb} resource "configmaps" in API group ""' in said["message"]


def test_a_token_counts_until_it_is_replaced(
    cluster: KubernetesDouble, client: httpx.Client
) -> None:
    assert client.get(PATH).status_code == 200
    assert (cluster.mount / "token").read_text() == cluster.token
    cluster.rotate_token()
    said = client.get(PATH)
    assert (said.status_code, said.json()["message"]) == (401, "Unauthorized")
    assert client.get(PATH, headers={"authorization": "Basic x"}).status_code == 401


@pytest.mark.parametrize(
    ("parts", "code", "words"),
    [
        (
            {"binaryData": {"a": "QUFB" * 349526}},
            422,
            'ConfigMap "ccsync" is invalid: []: Too long: may not be more than 1048576 bytes',
        ),
        (
            {"data": {"a b": ""}},
            422,
            'ConfigMap "ccsync" is invalid: data[a b]: Invalid value: "a b": a valid config key '
            "must consist of",
        ),
        ({"data": {"x" * 254: ""}}, 422, "must be no more than 253 characters"),
        (
            {"data": {"a": ""}, "binaryData": {"a": ""}},
            422,
            'data[a]: Invalid value: "a": duplicate of key present in binaryData',
        ),
        ({"binaryData": {"a": "%"}}, 400, "illegal base64 data"),
        ({"binaryData": {"a": 1}}, 400, "cannot unmarshal"),
        ({"kind": "Secret"}, 400, "cannot be handled as a ConfigMap"),
        ({"metadata": {"name": "other"}}, 400, "does not match the name on the URL (ccsync)"),
        ({"metadata": {"namespace": "other"}}, 400, "namespace of the provided object"),
        ({"metadata": {"uid": "other"}}, 409, "Precondition failed: UID in precondition: other"),
    ],
)
def test_what_is_invalid_is_not_taken(
    cluster: KubernetesDouble, client: httpx.Client, parts: dict[str, Any], code: int, words: str
) -> None:
    before = cluster.read()
    said = put(client, {**before, **parts})
    assert (said["kind"], said["code"]) == ("Status", code)
    assert words in said["message"]
    assert cluster.read() == before


def test_values_count_before_base64(client: httpx.Client) -> None:
    found = client.get(PATH).json()
    assert put(client, {**found, "data": {"a": "x" * 2**20}})["kind"] == "ConfigMap"


def test_an_immutable_one_stays_as_it_is(client: httpx.Client) -> None:
    found = put(client, {**client.get(PATH).json(), "immutable": True, "data": {"a": "b"}})
    said = put(client, {**found, "immutable": False, "data": {"a": "c"}})
    assert said["message"] == (
        'ConfigMap "ccsync" is invalid: [immutable: Forbidden: field is immutable when `immutable` '
        "is set, data: Forbidden: field is immutable when `immutable` is set]"
    )
    assert put(client, found)["kind"] == "ConfigMap"


def test_what_is_not_there_is_not_made(cluster: KubernetesDouble, client: httpx.Client) -> None:
    found = cluster.read()
    cluster.delete()
    for said in (client.get(PATH).json(), put(client, found)):
        assert (said["code"], said["message"]) == (404, 'configmaps "ccsync" not found')


def test_a_body_too_long_or_of_another_kind_is_refused(client: httpx.Client) -> None:
    long = client.put(PATH, content=b"x" * 2**22, headers={"content-type": "application/json"})
    assert (long.status_code, long.json()["message"]) == (
        413,
        "Request entity too large: limit is 3145728",
    )
    text = client.put(PATH, content=b"{}", headers={"content-type": "text/plain"})
    assert text.status_code == 415
    none = client.put(PATH, content=b"", headers={"content-type": "application/json"})
    assert none.status_code == 400


def test_troubles_come_in_turn(cluster: KubernetesDouble, client: httpx.Client) -> None:
    cluster.faults += [Fault("throttled"), Fault("unavailable", "PUT"), Fault("not_arrived")]
    throttled = client.get(PATH)
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "1")
    assert client.put(PATH, json=cluster.read()).status_code == 503
    with pytest.raises(httpx.TransportError):
        client.get(PATH)
    assert client.get(PATH).status_code == 200
    assert [one.status for one in cluster.heard] == [429, 503, 0, 200]


def test_an_answer_that_is_lost_was_done(cluster: KubernetesDouble, client: httpx.Client) -> None:
    cluster.faults.append(Fault("no_answer"))
    with pytest.raises(httpx.TransportError):
        client.put(PATH, json={**cluster.read(), "data": {"a": "b"}})
    assert cluster.read()["data"] == {"a": "b"}


def test_it_dies_at_a_moment_and_stays_dead(
    cluster: KubernetesDouble, client: httpx.Client
) -> None:
    cluster.dies(4)
    assert client.get(PATH).status_code == 200
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            client.put(PATH, json={**cluster.read(), "data": {"a": "b"}})
    assert cluster.read()["data"] == {"a": "b"}
    cluster.dies(None)
    assert client.get(PATH).status_code == 200

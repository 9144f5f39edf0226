from __future__ import annotations

from typing import Any

from ccsync.fingerprint import Fingerprint
from ccsync.privacy import Privacy
from ccsync.settings.model import PrivacySettings, SinkConfig
from ccsync.sink import Sink, SinkContext, SinkPlugin


def build(_config: SinkConfig, _context: SinkContext) -> Sink:
    raise AssertionError("never built")


def fingerprint(
    *,
    identity: Any = "email",
    output_version: int = 1,
    shape: object = None,
    on_rejected: Any = "refuse",
) -> Fingerprint:
    plugin = SinkPlugin(
        config=SinkConfig,
        build=build,
        summary="",
        example="",
        output_version=output_version,
        shape=lambda _config: shape,
    )
    config = SinkConfig(type="any", on_rejected=on_rejected)
    return Fingerprint.of(plugin, config, Privacy(PrivacySettings(identity=identity)))


def test_it_is_the_same_for_the_same_settings() -> None:
    assert fingerprint(shape={"b": 1, "a": [2]}) == fingerprint(shape={"a": [2], "b": 1})


def test_everything_that_shapes_the_output_is_in_it() -> None:
    different = {
        str(one)
        for one in (
            fingerprint(),
            fingerprint(identity="drop"),
            fingerprint(output_version=2),
            fingerprint(shape="csv"),
            fingerprint(on_rejected="skip"),
            fingerprint().at("http://one.example"),
            fingerprint().at("http://two.example"),
        )
    }
    assert len(different) == 7


def test_it_matches_what_it_wrote() -> None:
    one = fingerprint().at("here")
    assert one.matches(str(one))
    assert not one.matches(str(fingerprint().at("there")))
    assert not one.matches(str(fingerprint(shape="csv").at("here")))


def test_without_a_destination_only_the_shape_is_compared() -> None:
    asked_nobody = fingerprint()
    assert asked_nobody.matches(str(fingerprint().at("here")))
    assert asked_nobody.matches(str(asked_nobody))
    assert not asked_nobody.matches(str(fingerprint(shape="csv").at("here")))


def test_the_address_itself_is_not_written_down() -> None:
    assert "secret" not in str(fingerprint().at("https://user:secret@host.example"))

from __future__ import annotations

import hashlib
import hmac

from ccsync.privacy import Privacy
from ccsync.records import Record
from ccsync.secret import Secret
from ccsync.settings.model import PrivacySettings
from ccsync.testing import a_record, a_snapshot

KEY = "a key of some length"
EMAIL = PrivacySettings()
HASH = PrivacySettings(identity="hash", hash_key=Secret(KEY))
DROP = PrivacySettings(identity="drop")


def seen(record: Record, settings: PrivacySettings) -> Record:
    apply = Privacy(settings).apply
    return record if apply is None else apply(record)


def test_email_lets_records_pass_as_they_are() -> None:
    assert Privacy(EMAIL).apply is None


def test_hash_is_a_keyed_digest_of_the_lower_cased_value() -> None:
    expected = hmac.digest(KEY.encode(), b"mira@northwind.example", hashlib.sha256).hex()[:16]
    assert seen(a_record("mira@northwind.example"), HASH).actor_id == expected
    assert seen(a_record("Mira@Northwind.EXAMPLE"), HASH).actor_id == expected


def test_the_same_policy_gives_the_same_name_twice() -> None:
    policy = Privacy(HASH)
    assert policy.apply is not None
    assert policy.apply(a_record()) == policy.apply(a_record())


def test_another_key_gives_other_names() -> None:
    other = PrivacySettings(identity="hash", hash_key=Secret("another key, as long"))
    assert seen(a_record(), HASH).actor_id != seen(a_record(), other).actor_id


def test_names_of_api_keys_are_hashed_too() -> None:
    record = a_record("build server", actor_type="api_actor")
    assert "build" not in seen(record, HASH).actor_id


def test_an_actor_without_a_name_stays_without_one() -> None:
    assert seen(a_record(""), HASH).actor_id == ""


def test_drop_leaves_no_name() -> None:
    assert seen(a_record(), DROP).actor_id == ""


def test_unknown_fields_pass_only_when_nothing_is_hidden() -> None:
    record = a_record(extra={"display_name": "Mira"})
    assert seen(record, EMAIL).extra == {"display_name": "Mira"}
    assert seen(record, HASH).extra is None
    assert seen(record, DROP).extra is None


def test_nothing_else_is_touched() -> None:
    for settings in (HASH, DROP):
        after = seen(a_record(sessions=4), settings)
        assert after.sessions == 4
        assert after.model_usage == a_record(sessions=4).model_usage
        assert after.terminal_type == "vscode"


def test_the_shape_tells_policies_apart_without_showing_the_key() -> None:
    other = PrivacySettings(identity="hash", hash_key=Secret("another key, as long"))
    shapes = {Privacy(one).shape for one in (EMAIL, HASH, DROP, other)}
    assert len(shapes) == 4
    assert not any(KEY in shape for shape in shapes)
    assert Privacy(HASH).shape == Privacy(HASH).shape


def test_an_unused_hash_key_shapes_nothing() -> None:
    with_key = PrivacySettings(identity="drop", hash_key=Secret(KEY))
    assert Privacy(with_key).shape == Privacy(DROP).shape


def test_records_that_become_equal_are_added_together() -> None:
    people = [a_record("Ann@northwind.example"), a_record("ann@northwind.example", sessions=2)]
    assert a_snapshot(people, privacy=EMAIL).record_count == 2
    (hashed,) = a_snapshot(people, privacy=HASH).records()
    assert hashed.sessions == 5
    others = [*people, a_record("bob@northwind.example", sessions=1)]
    (dropped,) = a_snapshot(others, privacy=DROP).records()
    assert (dropped.sessions, dropped.actor_id) == (6, "")

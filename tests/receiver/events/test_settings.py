"""What a person typed for the ways out of events."""

from __future__ import annotations

import pytest

from narrowcast.errors import ConfigError
from narrowcast.receiver.events.settings import EventSettings, MqttAddress, command_words, parse_mqtt


def test_an_address_of_a_broker_is_read() -> None:
    assert parse_mqtt("mqtt://broker/home/yard/") == MqttAddress(host="broker", port=1883, topic="home/yard")
    full = parse_mqtt("mqtts://me:p%20w@[::1]:9999/t")
    assert (full.host, full.port, full.topic, full.user, full.tls) == ("::1", 9999, "t", "me", True)
    assert parse_mqtt("mqtts://b/t").port == 8883


@pytest.mark.parametrize(
    "text", ["", "broker/topic", "mqtt://", "mqtt://broker", "mqtt://broker/", "http://broker/t",
             "mqtt://me:secret@broker:99999/t", "mqtt://me:secret@broker/a/+/b", "mqtt://me:secret@broker/#"]
)  # fmt: skip
def test_what_is_none_is_told_without_its_password(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        EventSettings(mqtt=text)
    assert "secret" not in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"on_event": "  "}, "name a program"),
        ({"on_event": "echo 'a"}, "no closing quotation"),
        ({"event_url": "ftp://host/"}, "https://HOST/PATH"),
        ({"event_url": "http://["}, "https://HOST/PATH"),
        ({"frozen_after": 0.0}, "above 0"),
    ],
)
def test_mistakes_are_told_in_one_line(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        EventSettings(**changed)  # type: ignore[arg-type]


def test_a_command_is_split_as_a_shell_does() -> None:
    assert command_words("notify 'two words' --x=1") == ["notify", "two words", "--x=1"]


def test_without_a_way_out_nothing_is_looked_for() -> None:
    assert not EventSettings().sends_events
    assert EventSettings(events="-").sends_events and EventSettings(mqtt="mqtt://b/t").sends_events

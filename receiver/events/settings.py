"""The settings of events: which are looked for, and where they are sent."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from narrowcast.errors import ConfigError
from narrowcast.runtime.common_settings import parse_duration
from narrowcast.runtime.settings import Setting, Settings


@dataclass(frozen=True, kw_only=True)
class MqttAddress:
    """Where a broker is, and what events are published under."""

    host: str
    "name or number"
    port: int
    "1883, or 8883 with TLS, unless told otherwise"
    topic: str
    "without a / at its end"
    user: str = ""
    "empty: none"
    password: str = ""
    "of the user"
    tls: bool = False
    "whether the connection is encrypted"


def parse_mqtt(text: str) -> MqttAddress:
    """Read "mqtt://user:password@host:1883/topic"; an error names no password."""
    hint = "write it as mqtt://HOST/TOPIC, mqtt://USER:PASSWORD@HOST:PORT/TOPIC, or mqtts:// for TLS"
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError as error:
        raise ConfigError(f"cannot be read; {hint}", setting="mqtt") from error
    topic = url.path.strip("/")
    if url.scheme not in ("mqtt", "mqtts") or not url.hostname or not topic:
        raise ConfigError(f"lacks a part; {hint}", setting="mqtt")
    if re.search(r"[+#\0]", topic):
        raise ConfigError("has a wildcard (+ or #) in its topic, which only subscribers use", setting="mqtt")
    return MqttAddress(
        host=url.hostname,
        port=port or (8883 if url.scheme == "mqtts" else 1883),
        topic=topic,
        user=url.username or "",
        password=url.password or "",
        tls=url.scheme == "mqtts",
    )


def parse_frozen_after(text: str) -> float:
    """Read "10s" as seconds."""
    return parse_duration(text, "frozen_after")


def parse_still_after(text: str) -> float:
    """Read "10min" as seconds."""
    return parse_duration(text, "still_after")


@dataclass(frozen=True, kw_only=True)
class EventSettings(Settings):
    """What a receiver tells of events; where none of the ways out is given, nothing is looked for."""

    events: Annotated[str | None, Setting(metavar="FILE|-")] = None
    "write events as lines of JSON to the end of this file; - is standard output"
    on_event: Annotated[str | None, Setting(metavar="COMMAND")] = None
    "run this command at each event, which it reads as a line of JSON; 10 s at most"
    event_url: Annotated[str | None, Setting(metavar="URL")] = None
    "send each event there as JSON by HTTP (POST)"
    mqtt: Annotated[str | None, Setting(metavar="URL")] = None
    "publish events at a broker: mqtt://HOST/TOPIC, mqtt://USER:PASSWORD@HOST:PORT/TOPIC, mqtts://..."
    frozen_after: Annotated[float, Setting(metavar="TIME", above=0, parse=parse_frozen_after)] = 10.0
    "a camera that takes no new picture for so long, with its sender there, is frozen"
    still_after: Annotated[float | None, Setting(metavar="TIME", above=0, parse=parse_still_after)] = None
    "tell when the picture has not changed at all for so long; only for scenes that never stand still"

    def __post_init__(self) -> None:
        """Check what a person typed, before anything is opened."""
        super().__post_init__()
        if self.mqtt is not None:
            parse_mqtt(self.mqtt)
        if self.on_event is not None:
            command_words(self.on_event)
        if self.event_url is not None:
            _check_url(self.event_url)

    @property
    def sends_events(self) -> bool:
        """Whether any way out for events is given."""
        return any((self.events, self.on_event, self.event_url, self.mqtt))


def command_words(command: str) -> list[str]:
    """Split a command as a shell does; ConfigError where that is not possible."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"cannot be read ({str(error).lower()})", setting="on_event") from error
    if not words:
        raise ConfigError("is empty; name a program", setting="on_event")
    return words


def _check_url(text: str) -> None:
    try:
        url = urlsplit(text)
    except ValueError:
        url = urlsplit("")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError("is no address; write it as https://HOST/PATH", setting="event_url")

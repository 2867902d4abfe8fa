"""Several cameras on one command line, as NAME=SOURCE: their names, ports and shares of the cap."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from narrowcast.errors import ConfigError
from narrowcast.protocol import parse_endpoint
from narrowcast.runtime.web.address import WebAddress
from narrowcast.sender.config import SenderConfig
from narrowcast.text import hide_passwords

_NAMED = re.compile(r"(?P<name>[^=/:.\\]*)=(?P<source>.*)", re.DOTALL)
"What has a slash, colon or dot before its first = is an address or a file, not a name."
_HOST_AND_PORT = re.compile(r"(?P<host>\[[^]]+\]|[^:]+):(?P<port>\d{1,5})")
_MAX_PORT = 65535

MAX_CAMERAS = 32
"Each has a pipeline with threads and networks of its own."


@dataclass(frozen=True, kw_only=True)
class NamedSource:
    """One source as the command line gave it."""

    source: str
    "as open_source takes it"
    name: str = ""
    "what receivers call it; empty where it has none"


def parse_sources(texts: Sequence[str]) -> tuple[NamedSource, ...]:
    """Read "front=0", "yard=rtsp://..."; one alone needs no name."""
    sources = tuple(_parse(text) for text in texts)
    if len(sources) == 1:
        return sources
    if len(sources) > MAX_CAMERAS:
        raise ConfigError(f"{len(sources)} sources; one sender takes {MAX_CAMERAS}: start another one")
    for source in sources:
        if not source.name:
            shown = hide_passwords(source.source, [source.source])
            raise ConfigError(
                f"source {shown!r} has no name; with several sources each needs one, as in front={shown}"
            )
    names = [source.name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"two sources are called {twice!r}; give each a name of its own")
    return sources


def _parse(text: str) -> NamedSource:
    match = _NAMED.fullmatch(text)
    # A file may have a = in its name.
    if match is None or os.path.exists(text):
        return NamedSource(source=text)
    return NamedSource(name=match["name"] or "=", source=match["source"])


def configs_for(config: SenderConfig, sources: Sequence[NamedSource]) -> tuple[SenderConfig, ...]:
    """A configuration for each source, made from one for all: the cap is shared, ports follow one another."""
    if len(sources) == 1:
        return (replace(config, source=sources[0].source, name=sources[0].name),)
    if config.max_kbps and config.max_kbps < len(sources):
        raise ConfigError(
            f"is {config.max_kbps:g} for {len(sources)} sources together; "
            f"it has to be {len(sources)} at least, 1 for each",
            setting="max_kbps",
        )
    return tuple(
        replace(
            config,
            source=source.source,
            name=source.name,
            url=_url_for(config, number),
            advertise=_advertise_for(config.advertise, number),
            max_kbps=config.max_kbps / len(sources),
            web=_web_for(config.web, number),
            save_frames=config.save_frames / source.name if config.save_frames else None,
        )
        for number, source in enumerate(sources)
    )


def _url_for(config: SenderConfig, number: int) -> str:
    """The address with a port that is `number` higher; with port 0 each gets a free one anyway."""
    endpoint = parse_endpoint(config.url, bind=config.bind)
    if not endpoint.host:
        raise ConfigError(f"{config.url!r} has no port, and each source needs one: give tcp://HOST:PORT")
    if endpoint.port == 0:
        return config.url
    scheme, _, query = config.url.partition("?")
    return f"{scheme.rpartition(':')[0]}:{_port(endpoint.port + number)}{'?' if query else ''}{query}"


def _advertise_for(advertise: str | None, number: int) -> str | None:
    match = _HOST_AND_PORT.fullmatch(advertise or "")
    return advertise if match is None else f"{match['host']}:{_port(int(match['port']) + number)}"


def _web_for(web: WebAddress | None, number: int) -> WebAddress | None:
    return web if web is None or web.port == 0 else replace(web, port=_port(web.port + number))


def _port(port: int) -> int:
    if port > _MAX_PORT:
        raise ConfigError(f"each source needs a port of its own, and there is none above {_MAX_PORT}")
    return port

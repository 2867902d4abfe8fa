"""Several streams on one command line: settings for each, and those that only a single one may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from narrowcast.errors import ConfigError, Remedy
from narrowcast.receiver.config import ReceiverConfig

MAX_STREAMS = 32
"Each has a pipeline with threads and networks of its own."


def configs_for(config: ReceiverConfig, urls: Sequence[str]) -> tuple[ReceiverConfig, ...]:
    """A configuration for each address, made from one for all; files are numbered as the addresses are."""
    if len(urls) == 1:
        return (replace(config, url=urls[0]),)
    _check(config, urls)
    return tuple(
        replace(
            config,
            url=url,
            window=False,
            record=_numbered(config.record, number),
            mqtt=f"{config.mqtt.rstrip('/')}/{number}" if config.mqtt else None,
            save_frames=config.save_frames / str(number) if config.save_frames else None,
        )
        for number, url in enumerate(urls, 1)
    )


def _check(config: ReceiverConfig, urls: Sequence[str]) -> None:
    if config.web is None:
        raise ConfigError(
            "several streams are shown on one page, which has no address yet",
            remedy=Remedy(setting="web", value="127.0.0.1:8080"),
        )
    if config.snapshot is not None:
        raise ConfigError("is of one stream: give one address, or use the page's buttons", setting="snapshot")
    if config.push is not None:
        raise ConfigError("sends one stream on: give one address", setting="push")
    if config.virtual_camera:
        raise ConfigError("shows one stream: give one address", setting="virtual_camera")
    if len(urls) > MAX_STREAMS:
        raise ConfigError(f"{len(urls)} streams; one receiver takes {MAX_STREAMS}: start another one")
    addresses = [url.partition("?")[0] for url in urls]
    twice = next((address for address in addresses if addresses.count(address) > 1), None)
    if twice is not None:
        raise ConfigError(f"{twice} is given twice: name each stream once")


def _numbered(path: Path | None, number: int) -> Path | None:
    """Put a stream's number into a file name, as in yard-2.mp4."""
    return None if path is None else path.with_stem(f"{path.stem}-{number}")

"""Settings that several programs share, and how those written as text are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from narrowcast.codec.names import Device, OwnProcess
from narrowcast.errors import ConfigError
from narrowcast.runtime.fabric_address import LOCAL_URL, FabricAddress, check_protected, parse_fabric
from narrowcast.runtime.settings import Setting, Settings

Statistics = Literal["rich", "json", "off"]

DEFAULT_PORT = 5555
EVERY_INTERFACE = f"tcp://*:{DEFAULT_PORT}"
"""Where a sender listens that others on the network can reach."""

POSITIVE = Setting(above=0)

_UNITS = {"": 1, "ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400}
"In seconds; a number alone is seconds."


def parse_size(text: str, setting: str = "size") -> tuple[int, int]:
    """Read "640x360" as (width, height); `setting` is what an error names."""
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text.strip())
    if match is None:
        raise ConfigError(f"is {text!r}; write it as WIDTHxHEIGHT, for example 640x360", setting=setting)
    return int(match[1]), int(match[2])


def parse_max_size(text: str) -> tuple[int, int]:
    """Read "1920x1080" as (width, height)."""
    return parse_size(text, "max_size")


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings(Settings):
    """How sender and receiver find and trust each other."""

    insecure: Annotated[bool, Setting(exclusive="keys")] = False
    "no keys: whoever reaches the address is let in"
    secure: Annotated[bool, Setting(exclusive="keys")] = False
    "keys even where only this machine can connect"
    advertise: Annotated[str | None, Setting(metavar="HOST[:PORT]")] = None
    "what to print as this machine's address, where others see another one (NAT, containers)"


@dataclass(frozen=True, kw_only=True)
class FabricSettings(Settings):
    """The server of a fabric."""

    fabric: Annotated[str, Setting(metavar="SERVER")] = LOCAL_URL
    "server of the fabric: nats://HOST:PORT?cert=..., as narrowcast fabric run prints it; or local"
    fabric_insecure: bool = False
    "talk to that server without encryption, though it is another machine"

    def __post_init__(self) -> None:
        """Check the address."""
        super().__post_init__()
        check_protected(self.server, insecure=self.fabric_insecure)

    @property
    def server(self) -> FabricAddress:
        """The address."""
        return parse_fabric(self.fabric)


@dataclass(frozen=True, kw_only=True)
class ComputeSettings(Settings):
    """Where a codec runs."""

    device: Device = "auto"
    "where the codec's networks run"
    threads: Annotated[int | None, POSITIVE] = None
    "CPU threads of the codec; by default it chooses"


@dataclass(frozen=True, kw_only=True)
class DecoderSettings(ComputeSettings):
    """How what was received or recorded is decoded and shown."""

    mark: bool = True
    'mark what a generator painted as "reconstructed"'
    timestamp: bool = False
    "write into each picture when it was taken: in the window, on the page, in videos"
    max_size: Annotated[tuple[int, int] | None, Setting(metavar="WxH", parse=parse_max_size)] = None
    "take no stream with more pixels than this; by default what this machine's memory holds, up to 3840x2160"
    decoder_process: Annotated[OwnProcess, Setting(metavar="WHEN")] = "auto"
    "decode in a process of its own, which may do nothing else; never: in this one"

    def __post_init__(self) -> None:
        """Check every range."""
        super().__post_init__()
        if self.max_size is not None and 0 in self.max_size:
            raise ConfigError("has no pixels; no stream would be taken", setting="max_size")


@dataclass(frozen=True, kw_only=True)
class StreamSize(Settings):
    """How large the pictures of a stream are."""

    size: Annotated[tuple[int, int], Setting(metavar="WxH", parse=parse_size)] = (640, 360)
    "width and height in pixels"

    @property
    def width(self) -> int:
        """Pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.size[1]


@dataclass(frozen=True, kw_only=True)
class ReportSettings(Settings):
    """What a program tells of its work."""

    stats: Statistics = "rich"
    "statistics every second"
    metrics: Annotated[str | None, Setting(metavar="[HOST:]PORT")] = None
    "serve Prometheus metrics there; without a host, to this machine only"

    def __post_init__(self) -> None:
        """Check every range."""
        super().__post_init__()
        if self.metrics is not None:
            parse_host_and_port(self.metrics)


def parse_duration(text: str, setting: str) -> float:
    """Read "500ms", "30s", "10min", "1.5h", "7d" or "30" as seconds; `setting` is what an error names."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|min|h|d|)", text.strip().lower())
    if match is None or float(match[1]) == 0:
        raise ConfigError(f"is {text!r}; write it as 500ms, 30s, 10min, 1.5h or 7d", setting=setting)
    return float(match[1]) * _UNITS[match[2]]


def parse_host_and_port(text: str) -> tuple[str, int]:
    """Read "9100" or "0.0.0.0:9100" as (host, port)."""
    match = re.fullmatch(r"(?:(?P<host>[^:\[\]]+|\[[^\]]+\]):)?(?P<port>\d{1,5})", text.strip())
    if match is None or int(match["port"]) > 65535:
        raise ConfigError(f"is {text!r}; write PORT or HOST:PORT, for example 9100", setting="metrics")
    return (match["host"] or "127.0.0.1").strip("[]"), int(match["port"])

"""The systems that are measured on a thin link, and the commands of their two sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from narrowcast.benchmark.link.keys import RECEIVER_KEYS, SENDER_KEYS, key_environment, with_sender_key
from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.sender.config import DEFAULT_CODEC

Address = tuple[str, int]
"Host and port."


@dataclass(frozen=True, kw_only=True)
class ProgramCommand:
    """A Python program and its command line."""

    module: str
    "run with python -m"
    arguments: tuple[str, ...]
    "as on the command line"
    environment: Mapping[str, str] = field(default_factory=dict)
    "variables beside those of the benchmark"


@dataclass(frozen=True, kw_only=True)
class LinkSystem:
    """A system that sends pictures over the link, with its two programs."""

    name: str
    "as on the command line and in tables"
    about: str
    "how it is set up"
    sender_listens: bool
    "whether the receiver connects to the sender, or the other way round"
    needs: tuple[str, ...]
    "modules that have to be installed"
    sender: Callable[[PeerSettings, Address], ProgramCommand]
    "command of its sender, which listens at the address or connects to it"
    receiver: Callable[[PeerSettings, Address], ProgramCommand]
    "command of its receiver, which connects to the address or listens at it"

    @property
    def installed(self) -> bool:
        """Whether everything that it needs is there."""
        return all(find_spec(module) is not None for module in self.needs)


def _narrowcast(name: str, about: str, *, codec: str = DEFAULT_CODEC, told: bool = False) -> LinkSystem:
    def sender(settings: PeerSettings, address: Address) -> ProgramCommand:
        size = f"{settings.width}x{settings.height}"
        arguments = ["send", settings.source, "--loop", "--codec", codec, "--listen", _url(address)]
        arguments += ["--fps", f"{settings.fps:g}", "--size", size, "--stats", "json"]
        if settings.keys is None:
            arguments += ["--insecure"]  # as its peers do it, which have no keys
        else:
            arguments += ["--secure"]
        if told:
            arguments += ["--max-kbps", f"{settings.kbps:g}"]
        environment = key_environment(settings.keys, SENDER_KEYS)
        return ProgramCommand(module="narrowcast", arguments=tuple(arguments), environment=environment)

    def receiver(settings: PeerSettings, address: Address) -> ProgramCommand:
        expected = ("--expect", f"{codec}:{settings.width}x{settings.height}")
        kept = ("--pictures", str(settings.pictures))
        keys = settings.keys
        url = _url(address)
        where = (url, "--insecure") if keys is None else (with_sender_key(url, keys), "--secure")
        return ProgramCommand(
            module="narrowcast.benchmark.receiver",
            arguments=(*where, "--no-window", *expected, *kept, "--stats", "json"),
            environment=key_environment(keys, RECEIVER_KEYS),
        )

    return LinkSystem(name=name, about=about, sender_listens=True, needs=(), sender=sender, receiver=receiver)


def _peer(name: str, about: str, module: str, *needs: str) -> LinkSystem:
    def command(side: str) -> Callable[[PeerSettings, Address], ProgramCommand]:
        def make(settings: PeerSettings, address: Address) -> ProgramCommand:
            arguments = (side, _url(address), settings.to_argument())
            return ProgramCommand(module=f"narrowcast.benchmark.link.peers.{module}", arguments=arguments)

        return make

    return LinkSystem(
        name=name,
        about=about,
        sender_listens=False,
        needs=needs,
        sender=command("send"),
        receiver=command("receive"),
    )


def _url(address: Address) -> str:
    host, port = address
    return f"tcp://{host}:{port}"


SYSTEMS = {
    system.name: system
    for system in (
        _narrowcast("narrowcast", f"codec {DEFAULT_CODEC}, finds the link's rate by itself"),
        _narrowcast("narrowcast-gan", "codec gan, finds the link's rate by itself", codec="gan"),
        _narrowcast("narrowcast-told", f"codec {DEFAULT_CODEC}, told the link's rate", told=True),
        _peer("imagezmq", "JPEG frames, request and reply", "imagezmq_peer", "imagezmq"),
        _peer("netgear", "vidgear, JPEG frames, one answer a frame", "netgear_peer", "vidgear", "simplejpeg"),
        _peer("x264", "veryfast, zerolatency over TCP, told the link's rate", "x264_peer"),
    )
}
"""Every system by name, in the order of the tables."""
DEFAULT_SYSTEMS = ("narrowcast", "narrowcast-gan", "imagezmq", "netgear", "x264")

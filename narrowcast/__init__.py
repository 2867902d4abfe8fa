"""The public face of Narrowcast, its Python API; the one command `narrowcast` is in __main__.py.

    for frame in narrowcast.receive("tcp://HOST:PORT?key=..."):
        frame.rgb, frame.latency_ms

    with narrowcast.Sender("tcp://*:5555", size=(640, 360)) as out:
        out.send(rgb)

What is behind these names is loaded when it is first used: the command line must start quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
    from narrowcast.errors import NarrowcastError, StreamError
    from narrowcast.receiver.async_stream import AsyncFrameStream, areceive
    from narrowcast.receiver.frame import Frame
    from narrowcast.receiver.stream import FrameStream, NoFrameError, receive
    from narrowcast.sender.stream import Sender

__all__ = [
    "AsyncFrameStream",
    "Frame",
    "FrameStream",
    "NarrowcastError",
    "NoFrameError",
    "Sender",
    "StreamError",
    "__version__",
    "areceive",
    "receive",
]

_HOMES = {
    "AsyncFrameStream": "narrowcast.receiver.async_stream",
    "Frame": "narrowcast.receiver.frame",
    "FrameStream": "narrowcast.receiver.stream",
    "NarrowcastError": "narrowcast.errors",
    "NoFrameError": "narrowcast.receiver.stream",
    "Sender": "narrowcast.sender.stream",
    "StreamError": "narrowcast.errors",
    "areceive": "narrowcast.receiver.async_stream",
    "receive": "narrowcast.receiver.stream",
    "run": "narrowcast.__main__",  # what the console script of an older installation imports
}
"The module in which each public name is defined."


def __getattr__(name: str) -> object:
    """Load a public name at its first use."""
    if name == "__version__":
        return installed_version()
    if name not in _HOMES:
        raise AttributeError(f"module 'narrowcast' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def installed_version() -> str:
    """The version of the distribution; "unknown" in a checkout that was not installed."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and seldom asked for

    try:
        return version("narrowcast")
    except PackageNotFoundError:
        return "unknown"


def __dir__() -> list[str]:
    """The public names, for completion in a shell."""
    return sorted({*globals(), *__all__})

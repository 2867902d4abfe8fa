"""The one command: picks what `narrowcast COMMAND ...` runs, and imports only that."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from narrowcast import installed_version
from narrowcast.early_end import leave_at_once_when_stopped
from narrowcast.output import finish_output, open_standard_streams
from narrowcast.text import printable

COMMANDS = {
    "send": ("sender.__main__", "send a camera, a file or a test picture"),
    "receive": ("receiver.__main__", "receive a stream: show it, record it"),
    "relay": ("fabric.relay.__main__", "publish cameras to a fabric: many viewers, recorded"),
    "fleet": ("fabric.fleet.__main__", "decode many cameras of a fabric: tiles and alerts for its wall"),
    "wall": ("fabric.wall.__main__", "a page of all cameras of a fabric; a click opens one"),
    "fabric": (
        "fabric.administration.__main__",
        "a server for many viewers of many cameras: make one, run it, say who may do what",
    ),
    "devices": (
        "sender.devices_command",
        "list the cameras of this machine, with sizes and rates",
    ),
    "list": (
        "receiver.list_command",
        "list the senders on the local network that announce themselves",
    ),
    "play": (
        "receiver.play.__main__",
        "play a recording of payloads (.ncast): view, export, render again",
    ),
    "repair": ("receiver.play.repair_command", "make a sound recording (.ncast) of a damaged one"),
    "keys": ("runtime.keys_command", "show this machine's key, allow and revoke others"),
    "doctor": (
        "doctor.__main__",
        "check whether this machine can send and receive, with a fix for what is wrong",
    ),
    "demo": (
        "benchmark.demo.__main__",
        "sender and receiver on this machine, and a table of what was measured",
    ),
    "bench": (
        "benchmark.__main__",
        "measure narrowcast and its peers: rate, speed, latency, fan-out",
    ),
    "lab": (
        "lab.__main__",
        "learn from it: a GAN on MNIST, transforms, entropy coders, what each is worth",
    ),
    "train": ("codec.training.__main__", "train the codec"),
    "completion": ("completion", "print what makes a shell complete all of this"),
}
"What each command is called, where its main(argv) lives, and what it does."


_LIVE = ("send", "receive", "relay", "fleet", "wall", "play")
"Programs that somebody waits for to end."


def run() -> NoReturn:
    """The console script: run the command, and leave at once.

    When a live command returns, its files and sockets are closed and its threads have ended. Python would
    then take torch apart object by object, which costs up to a second that the user waits for.
    """
    open_standard_streams()
    leave_at_once_when_stopped()
    live = bool(set(sys.argv[1:2]) & set(_LIVE))
    try:
        status = main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        status = 0
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO, errno.ENOSPC):
            raise
        status = 1  # the text went nowhere
    logging.shutdown()
    whole = finish_output()
    if live or not whole:
        os._exit(status)
    sys.exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first argument names; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help"):
        print(usage())
        return 0
    if name in ("-V", "--version"):
        print(f"narrowcast {installed_version()}")
        return 0
    if name not in COMMANDS:
        return _fail(f"there is no command {name!r}; it may be {', '.join(COMMANDS)} (see narrowcast --help)")
    return _run(COMMANDS[name][0], arguments[1:])


def usage() -> str:
    """The text of --help."""
    lines = [f"  {name:<12}{purpose}" for name, (_, purpose) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: narrowcast COMMAND ...",
            "",
            "Streams a live camera over links too thin for video.",
            "",
            *lines,
            "",
            "narrowcast COMMAND --help tells more about each, narrowcast --version the version.",
        ]
    )


def _run(module: str, arguments: list[str]) -> int:
    """Import a command only now, so that the others cost nothing."""
    try:
        command: Callable[[Sequence[str]], int] = import_module(f"narrowcast.{module}").main
    except ImportError as error:
        if ".so" not in str(error):
            raise
        # A shared library of a dependency: on servers without a desktop OpenCV misses libGL or libglib.
        return _fail(
            f"a library is missing: {error}; on Debian or Ubuntu: sudo apt install libgl1 libglib2.0-0, "
            "or, to do without windows: pip uninstall opencv-python && pip install opencv-python-headless"
        )
    return command(arguments)


def _fail(text: str) -> int:
    print("narrowcast: error:", printable(text, 1000), file=sys.stderr)
    return 2


if __name__ == "__main__":
    run()

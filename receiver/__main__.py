"""The command line of the receiver: `narrowcast receive`, or `python -m receiver`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Sequence
from pathlib import Path

from narrowcast.errors import ConfigError, SecurityError
from protocol import ReceiverSnapshot
from receiver.config import DEVICES, RESTORE, ReceiverConfig, parse_expected, parse_web
from receiver.metrics import METRICS, PREFIX
from receiver.stream_list import configs_for
from runtime.config_file import parse_with_file
from runtime.metrics import MetricsError, add_metrics_argument, served, served_streams
from runtime.security import add_security_arguments
from runtime.signals import StopSignal
from runtime.terminal import (
    STATS_CHOICES,
    JsonReporter,
    NoticeReporter,
    OneLineParser,
    Reporter,
    RichReporter,
    run_command,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a receiver as the arguments say; returns the exit status."""
    arguments = parse_with_file(make_parser(), argv)
    return run_command(lambda: _receive(arguments), expected_errors)


def make_parser() -> OneLineParser:
    """The arguments of the command."""
    parser = OneLineParser(prog="narrowcast receive", description="Receive a stream: show it, record it.")
    parser.add_argument(
        "url",
        nargs="+",
        metavar="URL",
        help="address of the sender, as it prints it: tcp://HOST:PORT?key=...; several for one page (--web)",
    )
    parser.add_argument(
        "--listen", action=BooleanOptionalAction, default=False, help="wait there for a sender that connects"
    )
    add_security_arguments(parser)
    parser.add_argument(
        "--window", action=BooleanOptionalAction, default=True, help="show the stream if there is a display"
    )
    parser.add_argument(
        "--web", metavar="HOST:PORT", help="serve a page for browsers there, as in 127.0.0.1:8080"
    )
    parser.add_argument(
        "--mark",
        action=BooleanOptionalAction,
        default=True,
        help='mark what a generator painted as "reconstructed"',
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="record to this file: mp4, mkv, mov, or ncast for the payloads as they come",
    )
    parser.add_argument(
        "--virtual-camera",
        action=BooleanOptionalAction,
        default=False,
        help="show the stream as a camera of this machine, for meeting software",
    )
    parser.add_argument("--frames", type=int, help="stop after this many frames")
    parser.add_argument("--seconds", type=float, help="stop after this long")
    parser.add_argument(
        "--until-end",
        action=BooleanOptionalAction,
        default=False,
        help="stop when the sender ends the stream",
    )
    _add_codec_arguments(parser)
    parser.add_argument("--stats", choices=STATS_CHOICES, default="rich", help="statistics every second")
    add_metrics_argument(parser)
    _add_picture_arguments(parser)
    return parser


def _add_picture_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--save-frames", type=Path, metavar="DIR", help="save the decoded pictures as PNG")
    parser.add_argument(
        "--snapshot",
        type=Path,
        metavar="FILE",
        help="fetch one exact frame (png) from the sender, save it and how it was shown, and stop",
    )
    parser.add_argument(
        "--snapshot-dir",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where the window's key c and the page's buttons save",
    )


def _add_codec_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--device", default="auto", help=f"{', '.join(DEVICES)} (default auto)")
    parser.add_argument("--threads", type=int, help="CPU threads of the codec")
    parser.add_argument(
        "--restore",
        default="auto",
        metavar="WHEN",
        help=f"let hybrid's generator paint: {', '.join(RESTORE)} (default auto: where it keeps up)",
    )
    parser.add_argument(
        "--expect",
        metavar="CODEC:WxH",
        help="make a decoder ready before connecting, as in gan:640x360",
    )


def configs_from(arguments: Namespace) -> tuple[ReceiverConfig, ...]:
    """The checked configuration of each stream."""
    return configs_for(config_from(arguments), arguments.url)


def config_from(arguments: Namespace) -> ReceiverConfig:
    """The checked configuration of the first stream, with the files of all."""
    return ReceiverConfig(
        url=arguments.url[0],
        bind=arguments.listen,
        insecure=arguments.insecure,
        secure=arguments.secure,
        advertise=arguments.advertise,
        window=arguments.window,
        web=parse_web(arguments.web) if arguments.web else None,
        mark=arguments.mark,
        record=arguments.record,
        virtual_camera=arguments.virtual_camera,
        device=arguments.device,
        threads=arguments.threads,
        restore=arguments.restore,
        max_frames=arguments.frames,
        max_seconds=arguments.seconds,
        until_end=arguments.until_end,
        save_frames=arguments.save_frames,
        snapshot=arguments.snapshot,
        snapshot_dir=arguments.snapshot_dir,
        expected=parse_expected(arguments.expect) if arguments.expect else None,
    )


def _receive(arguments: Namespace) -> None:
    configs = configs_from(arguments)
    # Imported here: the pipeline brings the codec, which would make every --help and every typing error slow.
    from receiver.pipeline import ReceiverPipeline
    from receiver.stream_group import StreamGroup

    common = _make_reporter(arguments.stats)
    if len(configs) == 1:
        with served(common, arguments.metrics, PREFIX, METRICS) as reporter:
            ReceiverPipeline(configs[0], reporter, StopSignal()).run()
        return
    own = {config.label: _make_reporter(arguments.stats, config.label) for config in configs}
    with served_streams(own, arguments.metrics, PREFIX, METRICS, common.notice) as reporters:
        StreamGroup(configs, reporters, StopSignal(), expected_errors, common.notice).run()


def expected_errors() -> tuple[type[Exception], ...]:
    """What may go wrong without a fault in the program; looked up only when something has."""
    from codec import CodecError
    from protocol import TransportError
    from receiver.pipeline import RejectedError
    from receiver.recording.video import RecordError
    from receiver.snapshots import SnapshotError
    from receiver.virtual_camera import VirtualCameraError
    from receiver.web.errors import WebError
    from runtime.key_store import KeyStoreError
    from runtime.picture_files import PictureFolderError

    return (
        ConfigError,
        TransportError,
        CodecError,
        RecordError,
        RejectedError,
        PictureFolderError,
        KeyStoreError,
        SecurityError,
        SnapshotError,
        WebError,
        MetricsError,
        VirtualCameraError,
    )


def _make_reporter(stats: str, stream: str = "") -> Reporter[ReceiverSnapshot]:
    if stats == "json":
        return JsonReporter(stream)
    if stats == "off":
        return NoticeReporter(stream)
    from receiver.console import second_line, summary_table

    return RichReporter(second_line, summary_table, stream)


if __name__ == "__main__":
    sys.exit(main())

"""The command line of the sender: `narrowcast send`, or `python -m sender`."""

from __future__ import annotations

import sys
from argparse import BooleanOptionalAction, Namespace
from collections.abc import Sequence
from pathlib import Path

from narrowcast.errors import ConfigError, SecurityError
from protocol import SenderSnapshot
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
from sender.announce import AnnounceError, announcing, check_announced
from sender.config import (
    CODEC_HELP,
    DEFAULT_CODEC,
    DEFAULT_URL,
    DEVICES,
    FITS,
    SenderConfig,
    parse_size,
)
from sender.metrics import METRICS, PREFIX
from sender.named_sources import configs_for, parse_sources


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sender as the arguments say; returns the exit status."""
    arguments = parse_with_file(make_parser(), argv)
    return run_command(lambda: _send(arguments), expected_errors)


def make_parser() -> OneLineParser:
    """The arguments of the command."""
    parser = OneLineParser(prog="narrowcast send", description="Send a camera, a file or a test picture.")
    parser.add_argument(
        "source",
        nargs="+",
        metavar="[NAME=]SOURCE",
        help="camera index (0), video file, rtsp:// or http:// URL, folder or glob of images, test:, demo:; "
        "several, each with a name, as in front=0 yard=rtsp://..., are sent side by side",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--listen",
        metavar="URL",
        help=f"wait for receivers here (default {DEFAULT_URL}); of several cameras each takes the next port",
    )
    where.add_argument("--connect", metavar="URL", help="connect to a receiver that listens there")
    add_security_arguments(parser)
    parser.add_argument(
        "--codec",
        default=DEFAULT_CODEC,
        help=CODEC_HELP,
    )
    parser.add_argument("--size", default="640x360", metavar="WxH", help="size (default 640x360)")
    parser.add_argument("--fit", default="crop", help=f"{' or '.join(FITS)}: never stretched (default crop)")
    parser.add_argument("--fps", type=float, help="frames a second (default: the source's own)")
    parser.add_argument("--quality", type=float, default=0.5, help="0 (fewest bits) to 1 (best; default 0.5)")
    parser.add_argument(
        "--max-kbps",
        type=float,
        default=0.0,
        help="cap on the bitrate of all cameras together (default: none)",
    )
    parser.add_argument(
        "--layered", action="store_true", help="let slow receivers take every second frame only (--codec gan)"
    )
    parser.add_argument(
        "--loop", action=BooleanOptionalAction, default=False, help="play a file again when it ends"
    )
    parser.add_argument("--device", default="auto", help=f"{', '.join(DEVICES)} (default auto)")
    parser.add_argument("--threads", type=int, help="CPU threads of the codec")
    parser.add_argument(
        "--max-receivers", type=int, default=16, help="turn away more than these (default 16)"
    )
    parser.add_argument(
        "--announce",
        action=BooleanOptionalAction,
        default=False,
        help="tell the local network of the stream, for narrowcast list to find it",
    )
    parser.add_argument("--frames", type=int, help="stop after this many frames")
    parser.add_argument("--seconds", type=float, help="stop this long after the first receiver came")
    parser.add_argument("--stats", choices=STATS_CHOICES, default="rich", help="statistics every second")
    add_metrics_argument(parser)
    parser.add_argument(
        "--save-frames", type=Path, metavar="DIR", help="save the pictures before coding as PNG"
    )
    return parser


def configs_from(arguments: Namespace) -> tuple[SenderConfig, ...]:
    """The checked configuration of each source."""
    return configs_for(config_from(arguments), parse_sources(arguments.source))


def config_from(arguments: Namespace) -> SenderConfig:
    """The checked configuration of the first source, with the address and the cap of all."""
    first = parse_sources(arguments.source)[0]
    width, height = parse_size(arguments.size)
    return SenderConfig(
        source=first.source,
        name=first.name,
        url=arguments.connect or arguments.listen or DEFAULT_URL,
        bind=arguments.connect is None,
        insecure=arguments.insecure,
        secure=arguments.secure,
        advertise=arguments.advertise,
        codec=arguments.codec,
        width=width,
        height=height,
        fit=arguments.fit,
        fps=arguments.fps,
        quality=arguments.quality,
        max_kbps=arguments.max_kbps,
        layered=arguments.layered,
        loop=arguments.loop,
        device=arguments.device,
        threads=arguments.threads,
        max_receivers=arguments.max_receivers,
        max_frames=arguments.frames,
        max_seconds=arguments.seconds,
        save_frames=arguments.save_frames,
    )


def _send(arguments: Namespace) -> None:
    configs = configs_from(arguments)
    # Imported here: the pipeline brings the codec, which would make every --help and every typing error slow.
    from sender.camera_group import CameraGroup
    from sender.pipeline import SenderPipeline

    if arguments.announce:
        check_announced(configs)
    common = _make_reporter(arguments.stats)
    with announcing(arguments.announce, common.notice) as announce:
        if len(configs) == 1:
            with served(common, arguments.metrics, PREFIX, METRICS) as reporter:
                pipeline = SenderPipeline(
                    configs[0], reporter, StopSignal(), on_ready=lambda: announce(pipeline)
                )
                pipeline.run()
            return
        own = {config.name: _make_reporter(arguments.stats, config.name) for config in configs}
        with served_streams(own, arguments.metrics, PREFIX, METRICS, common.notice) as reporters:
            CameraGroup(
                configs, reporters, StopSignal(), expected_errors, common.notice, on_begun=announce
            ).run()


def expected_errors() -> tuple[type[Exception], ...]:
    """What may go wrong without a fault in the program; looked up only when something has."""
    from codec import CodecError
    from protocol import TransportError
    from runtime.key_store import KeyStoreError
    from runtime.picture_files import PictureFolderError
    from sender.sources.camera import SourceError

    return (
        ConfigError,
        SourceError,
        TransportError,
        CodecError,
        PictureFolderError,
        KeyStoreError,
        SecurityError,
        MetricsError,
        AnnounceError,
    )


def _make_reporter(stats: str, stream: str = "") -> Reporter[SenderSnapshot]:
    if stats == "json":
        return JsonReporter(stream)
    if stats == "off":
        return NoticeReporter(stream)
    from sender.console import second_line, summary_table

    return RichReporter(second_line, summary_table, stream)


if __name__ == "__main__":
    sys.exit(main())

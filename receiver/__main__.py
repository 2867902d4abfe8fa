"""The command line of the receiver: `narrowcast receive`, or `python -m receiver`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from narrowcast.errors import ConfigError, SecurityError
from protocol import ReceiverStatistics
from receiver.config import ReceiverConfig
from receiver.metrics import METRICS, PREFIX
from receiver.stream_list import configs_for
from runtime.common_settings import ReportSettings
from runtime.metrics import MetricsError, served, served_streams
from runtime.settings import Setting, make_settings, named_as_given
from runtime.settings_parser import SettingsParser
from runtime.signals import StopSignal
from runtime.terminal import JsonReporter, NoticeReporter, Reporter, RichReporter, run_command


@dataclass(frozen=True, kw_only=True)
class ReceiveCommand(ReportSettings):
    """What the command line says beside a ReceiverConfig."""

    url: Annotated[tuple[str, ...], Setting(positional=True, metavar="URL")]
    "address of the sender, as it prints it: tcp://HOST:PORT?key=...; several for one page (--web)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a receiver as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _receive(arguments), expected_errors)


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast receive",
        description="Receive a stream: show it, record it.",
        settings=(ReceiveCommand, ReceiverConfig),
        file=True,
    )


def configs_from(arguments: Namespace) -> tuple[ReceiverConfig, ...]:
    """The checked configuration of each stream."""
    command, config = make_settings(ReceiveCommand, arguments), config_from(arguments)
    with named_as_given(arguments, ReceiveCommand, ReceiverConfig):
        return configs_for(config, command.url)


def config_from(arguments: Namespace) -> ReceiverConfig:
    """The checked configuration of the first stream, with the files of all."""
    return make_settings(ReceiverConfig, arguments, url=make_settings(ReceiveCommand, arguments).url[0])


def _receive(arguments: Namespace) -> None:
    command, configs = make_settings(ReceiveCommand, arguments), configs_from(arguments)
    # Imported here: the pipeline brings the codec, which would make every --help and every typing error slow.
    from receiver.pipeline import ReceiverPipeline
    from receiver.stream_group import StreamGroup

    common = _make_reporter(command.stats)
    if len(configs) == 1:
        with served(common, command.metrics, PREFIX, METRICS) as reporter:
            ReceiverPipeline(configs[0], reporter, StopSignal()).run()
        return
    own = {config.label: _make_reporter(command.stats, config.label) for config in configs}
    with served_streams(own, command.metrics, PREFIX, METRICS, common.notice) as reporters:
        StreamGroup(configs, reporters, StopSignal(), expected_errors, common.notice).run()


def expected_errors() -> tuple[type[Exception], ...]:
    """What may go wrong without a fault in the program; looked up only when something has."""
    from codec import CodecError
    from protocol import TransportError
    from receiver.pipeline import RejectedError
    from receiver.recording.snapshots import SnapshotError
    from receiver.recording.video import RecordError
    from receiver.virtual_camera import VirtualCameraError
    from receiver.web.address import WebError
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


def _make_reporter(stats: str, stream: str = "") -> Reporter[ReceiverStatistics]:
    if stats == "json":
        return JsonReporter(stream)
    if stats == "off":
        return NoticeReporter(stream)
    from receiver.console import second_line, summary_table

    return RichReporter(second_line, summary_table, stream)


if __name__ == "__main__":
    sys.exit(main())

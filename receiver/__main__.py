"""The command line of the receiver: `narrowcast receive`, or `python -m narrowcast.receiver`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.statistics import METRICS, PREFIX, second_line, summary_table
from narrowcast.receiver.stream_list import configs_for
from narrowcast.runtime.common_settings import ReportSettings
from narrowcast.runtime.metrics import served, served_streams
from narrowcast.runtime.settings import Setting, make_settings, named_as_given
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import make_reporter, run_command


@dataclass(frozen=True, kw_only=True)
class ReceiveCommand(ReportSettings):
    """What the command line says beside a ReceiverConfig."""

    url: Annotated[tuple[str, ...], Setting(positional=True, metavar="URL")]
    """address of the sender, as it prints it: tcp://HOST:PORT?key=..., or fabric:CAMERA; several for one
    page (--web)"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a receiver as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _receive(arguments), live=True)


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
    from narrowcast.receiver.outputs import check_outputs
    from narrowcast.receiver.pipeline import ReceiverPipeline
    from narrowcast.receiver.stream_group import StreamGroup

    for config in configs:
        check_outputs(config)
    reporter_for = partial(make_reporter, command.stats, second_line, summary_table)
    common = reporter_for()
    if len(configs) == 1:
        with served(common, command.metrics, PREFIX, METRICS) as reporter:
            ReceiverPipeline(configs[0], reporter, StopSignal()).run()
        return
    own = {config.label: reporter_for(config.label) for config in configs}
    with served_streams(own, command.metrics, PREFIX, METRICS, common.notice) as reporters:
        StreamGroup(configs, reporters, StopSignal(), common.notice).run()


if __name__ == "__main__":
    sys.exit(main())

"""The command line of the sender: `narrowcast send`, or `python -m narrowcast.sender`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Annotated

from narrowcast.runtime.common_settings import ReportSettings
from narrowcast.runtime.fabric_address import is_fabric
from narrowcast.runtime.metrics import served, served_streams
from narrowcast.runtime.settings import Setting, make_settings, named_as_given
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import make_reporter, run_command
from narrowcast.sender.announce import announcing, check_announced
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.named_sources import configs_for, parse_sources
from narrowcast.sender.statistics import METRICS, PREFIX, second_line, summary_table

_GATEWAY = "narrowcast.fabric.gateway.gateway"
"Loaded for cameras of a fabric alone: nothing here depends on it."


@dataclass(frozen=True, kw_only=True)
class SendCommand(ReportSettings):
    """What the command line says beside a SenderConfig."""

    source: Annotated[tuple[str, ...], Setting(positional=True, metavar="[NAME=]SOURCE")]
    """camera index (0) or device file, video file, rtsp:// or http:// URL, folder or glob of images, - or a
    named pipe, screen:, picamera:, test:, demo:, or fabric:CAMERA; several, each with a name, as in front=0
    yard=rtsp://..., go side by side"""
    listen: Annotated[str, Setting(metavar="URL", exclusive="where")] = SenderConfig.url
    "wait for receivers here; of several cameras each takes the next port"
    connect: Annotated[str | None, Setting(metavar="URL", exclusive="where")] = None
    "connect to a receiver that listens there"
    announce: bool = False
    "tell the local network of the stream, for narrowcast list to find it"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a sender as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _send(arguments), live=True)


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast send",
        description="Send a camera, a file or a test picture.",
        settings=(SendCommand, SenderConfig),
        file=True,
    )


def configs_from(arguments: Namespace) -> tuple[SenderConfig, ...]:
    """The checked configuration of each source."""
    command, config = make_settings(SendCommand, arguments), config_from(arguments)
    with named_as_given(arguments, SendCommand, SenderConfig):
        configs = configs_for(config, parse_sources(command.source))
        if command.announce:
            check_announced(configs)
        return configs


def config_from(arguments: Namespace) -> SenderConfig:
    """The checked configuration of the first source, with the address and the cap of all."""
    command = make_settings(SendCommand, arguments)
    first = parse_sources(command.source)[0]
    return make_settings(
        SenderConfig,
        arguments,
        source=first.source,
        name=first.name,
        url=command.connect or command.listen,
        bind=command.connect is None,
    )


def _send(arguments: Namespace) -> None:
    command, configs = make_settings(SendCommand, arguments), configs_from(arguments)
    if any(is_fabric(config.source) for config in configs):
        import_module(_GATEWAY).run_gateway(configs, command)
        return
    # Imported here: the pipeline brings the codec, which would make every --help and every typing error slow.
    from narrowcast.sender.camera_group import CameraGroup
    from narrowcast.sender.pipeline import SenderPipeline

    reporter_for = partial(make_reporter, command.stats, second_line, summary_table)
    common = reporter_for()
    with announcing(command.announce, common.notice) as announce:
        if len(configs) == 1:
            with served(common, command.metrics, PREFIX, METRICS) as reporter:
                SenderPipeline(configs[0], reporter, StopSignal(), on_ready=announce).run()
            return
        own = {config.name: reporter_for(config.name) for config in configs}
        with served_streams(own, command.metrics, PREFIX, METRICS, common.notice) as reporters:
            CameraGroup(configs, reporters, StopSignal(), common.notice, on_begun=announce).run()


if __name__ == "__main__":
    sys.exit(main())

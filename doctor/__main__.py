"""The command line of the doctor: `narrowcast doctor`, or `python -m narrowcast.doctor`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from narrowcast.codec.names import Device
from narrowcast.doctor.finding import Finding, finding_line
from narrowcast.runtime.common_settings import EVERY_INTERFACE
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import run_command
from narrowcast.sender.config import SenderConfig

EXIT_PROBLEM = 1


@dataclass(frozen=True, kw_only=True)
class DoctorSettings(Settings):
    """What is to be checked."""

    source: Annotated[str, Setting(positional=True)] = "0"
    "what is to be sent, as for send; 0 is the first camera"
    listen: Annotated[str, Setting(metavar="URL")] = EVERY_INTERFACE
    "where a sender is to listen"
    device: Device = SenderConfig.device
    "where the codec's networks are to run"


def main(argv: Sequence[str] | None = None) -> int:
    """Run every check; returns 0 where all is well, 1 where something is not."""
    arguments = make_parser().parse(argv)
    findings: list[Finding] = []
    status = run_command(lambda: _examine(make_settings(DoctorSettings, arguments), findings))
    return status or (EXIT_PROBLEM if any(not finding.ok for finding in findings) else 0)


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast doctor",
        description="Check whether this machine can send and receive: one line for each thing, with a fix.",
        settings=(DoctorSettings,),
    )


def _examine(settings: DoctorSettings, findings: list[Finding]) -> None:
    """Print each finding as soon as it is there."""
    for check in _checks(settings):
        finding = check()
        findings.append(finding)
        print(finding_line(finding), flush=True)


def _checks(settings: DoctorSettings) -> list[Callable[[], Finding]]:
    """Imported here: they bring the codec, which would make --help slow."""
    from narrowcast.doctor import checks, speed
    from narrowcast.runtime.key_store import KeyStore

    return [
        lambda: checks.check_camera(settings.source),
        lambda: checks.check_port(settings.listen),
        lambda: checks.check_keys(KeyStore),
        checks.check_model,
        checks.check_clock,
        lambda: checks.check_backend(settings.device),
        lambda: speed.check_speed(settings.device),
    ]


if __name__ == "__main__":
    sys.exit(main())

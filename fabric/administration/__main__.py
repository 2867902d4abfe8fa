"""The command line of a fabric's server: `narrowcast fabric`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from narrowcast.errors import ConfigError
from narrowcast.fabric.archive.config import ArchiveConfig
from narrowcast.fabric.packages import check_packages
from narrowcast.runtime.common_settings import Statistics, parse_duration
from narrowcast.runtime.fabric_address import DEFAULT_PORT
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import JsonReporter, NoticeReporter, run_command

_FOLDER = Setting(positional=True, metavar="DIR")
_KEEP = Setting(metavar="TIME", parse=partial(parse_duration, setting="keep"))


@dataclass(frozen=True, kw_only=True)
class FolderSettings(Settings):
    """Which fabric."""

    folder: Annotated[Path, _FOLDER]
    "folder of the fabric: keys, who may connect, recordings"


@dataclass(frozen=True, kw_only=True)
class InitSettings(Settings):
    """A new fabric."""

    folder: Annotated[Path, _FOLDER]
    "of the fabric"
    listen: Annotated[str, Setting(metavar="HOST:PORT")] = f"*:{DEFAULT_PORT}"
    "where its server listens"
    advertise: Annotated[str, Setting(metavar="HOST")] = ""
    "what others reach it by, where they see another address (NAT, containers)"


@dataclass(frozen=True, kw_only=True)
class RunSettings(Settings):
    """A fabric to run."""

    folder: Annotated[Path, _FOLDER]
    "of the fabric"
    stats: Statistics = "off"
    "how lines are written: json for programs"


@dataclass(frozen=True, kw_only=True)
class AllowMember(Settings):
    """A key, and what it may do."""

    folder: Annotated[Path, _FOLDER]
    "of the fabric"
    key: Annotated[str, Setting(positional=True, metavar="KEY")]
    "public NKEY of the other machine, as narrowcast fabric key prints it there"
    name: str
    "what to call it, such as wall"
    camera: Annotated[tuple[str, ...], Setting(metavar="LIST", parse=str.strip)] = ()
    "it may publish these cameras, as in front,yard, and nothing else"
    viewer: bool = False
    "it may watch and replay, and publish nothing"
    worker: bool = False
    "it may decode cameras (narrowcast fleet), and publish their tiles and alerts alone"
    only: Annotated[tuple[str, ...], Setting(metavar="LIST", parse=str.strip)] = ()
    "a viewer or a worker that may watch these cameras alone"
    keep: Annotated[float | None, _KEEP] = None
    "record so long, of each of its cameras, as in 7d; by default a day"
    keep_gb: Annotated[float | None, Setting(above=0)] = None
    "and no more than so many gigabytes of each"

    def __post_init__(self) -> None:
        """Check that it says one thing."""
        super().__post_init__()
        if sum((self.viewer, self.worker, bool(self.camera))) != 1:
            raise ConfigError(
                "say what the key may do: publish cameras (--camera front), watch (--viewer), or decode for "
                "the wall (--worker)"
            )
        if self.only and self.camera:
            raise ConfigError("is for viewers and workers", setting="only")
        if not self.camera and (self.keep is not None or self.keep_gb is not None):
            raise ConfigError("is for cameras: viewers and workers record nothing", setting="keep")


@dataclass(frozen=True, kw_only=True)
class RevokeMember(Settings):
    """A key to revoke."""

    folder: Annotated[Path, _FOLDER]
    "of the fabric"
    who: Annotated[str, Setting(positional=True, metavar="NAME")]
    "its name, or its key"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _run(arguments), live=arguments.action in ("run", "archive"))


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    parser = SettingsParser(
        prog="narrowcast fabric",
        description="A server that fans cameras out to any number of viewers, and records them (NATS).",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("key", help="print this machine's public NKEY, to be allowed at a fabric")
    actions.add_parser("init", help="make the folder of a new fabric: keys and TLS", settings=(InitSettings,))
    actions.add_parser("run", help="run its server", settings=(RunSettings,))
    allow = "let a key publish cameras, or watch; a server that runs takes it at once"
    actions.add_parser("allow", help=allow, settings=(AllowMember,))
    revoke = "end its right to connect; a server that runs cuts it at once"
    actions.add_parser("revoke", help=revoke, settings=(RevokeMember,))
    actions.add_parser("list", help="print who may do what", settings=(FolderSettings,))
    archive = "seal segments of what is recorded to a folder, or to an object store (s3://...)"
    actions.add_parser("archive", help=archive, settings=(ArchiveConfig,))
    return parser


def _reporter(stats: Statistics) -> JsonReporter | NoticeReporter:
    return JsonReporter() if stats == "json" else NoticeReporter()


def _run(arguments: Namespace) -> None:
    check_packages()
    # Imported here: they bring NATS, which would make every --help and every typing error slow.
    from narrowcast.fabric.administration import actions

    if arguments.action == "key":
        actions.show_key()
    elif arguments.action == "init":
        init = make_settings(InitSettings, arguments)
        actions.init(init.folder, init.listen, init.advertise)
    elif arguments.action == "run":
        run = make_settings(RunSettings, arguments)
        actions.run(run.folder, StopSignal(), _reporter(run.stats).notice)
    elif arguments.action == "allow":
        allow = make_settings(AllowMember, arguments)
        actions.allow(
            allow.folder,
            key=allow.key,
            name=allow.name,
            cameras=allow.camera,
            only=allow.only,
            worker=allow.worker,
            keep_s=allow.keep,
            keep_bytes=None if allow.keep_gb is None else round(1e9 * allow.keep_gb),
        )
    elif arguments.action == "archive":
        from narrowcast.fabric.archive.archive import Archive

        archive = make_settings(ArchiveConfig, arguments)
        Archive(archive, _reporter(archive.stats).notice, StopSignal()).run()
    elif arguments.action == "revoke":
        revoke = make_settings(RevokeMember, arguments)
        actions.revoke(revoke.folder, revoke.who)
    else:
        actions.show_members(make_settings(FolderSettings, arguments).folder)


if __name__ == "__main__":
    sys.exit(main())

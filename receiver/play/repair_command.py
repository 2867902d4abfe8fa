"""The command line of the repair: `narrowcast repair`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from narrowcast.errors import ConfigError
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import run_command


@dataclass(frozen=True, kw_only=True)
class RepairConfig(Settings):
    """Everything that `narrowcast repair` can be told."""

    file: Annotated[Path, Setting(positional=True)]
    "recording of payloads (.ncast)"
    out: Annotated[Path | None, Setting(metavar="FILE")] = None
    "where to write the sound recording; by default FILE-repaired.ncast"
    in_place: bool = False
    "put it in place of the damaged one"
    overwrite: bool = False
    "replace the file to write where it exists already"

    def __post_init__(self) -> None:
        """Check that one target is meant."""
        super().__post_init__()
        if self.in_place and self.out is not None:
            raise ConfigError(
                "puts the recording in place of the damaged one; leave out one of the two", setting="in_place"
            )
        if self.out is not None and self.out.suffix.lower() != ".ncast":
            raise ConfigError(f"is {str(self.out)!r}; it has to end in .ncast", setting="out")
        if self.out is not None and _same(self.out, self.file):
            raise ConfigError("is the damaged recording itself; use --in-place to replace it", setting="out")


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def main(argv: Sequence[str] | None = None) -> int:
    """Repair a recording as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _repair(make_settings(RepairConfig, arguments)))


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast repair",
        description="Make a sound recording of a damaged one: what is whole and can be decoded.",
        settings=(RepairConfig,),
    )


def _repair(config: RepairConfig) -> None:
    # Imported here: they bring the codec, which would make every --help and every typing error slow.
    from narrowcast.receiver.play.losses import clock_text
    from narrowcast.receiver.play.repair import repair, repair_in_place

    out = (
        config.file
        if config.in_place
        else config.out or config.file.with_stem(f"{config.file.stem}-repaired")
    )
    if config.in_place:
        repaired = repair_in_place(config.file)
    else:
        repaired = repair(config.file, out, overwrite=config.overwrite)
    for loss in repaired.losses:
        print(loss.text())
    if repaired.losses_count > len(repaired.losses):
        print(f"and {repaired.losses_count - len(repaired.losses)} more losses")
    left_out = (
        f", {repaired.left_out} whole ones left out that build on lost ones" if repaired.left_out else ""
    )
    print(f"kept {repaired.frames} frames up to {clock_text(repaired.end_us)} in {out}{left_out}")


if __name__ == "__main__":
    sys.exit(main())

"""`narrowcast lab`: its command line."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Any

from narrowcast.errors import LabError
from narrowcast.runtime.settings import make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import OneLineParser, print_error, run_command

EXPERIMENTS = {
    "mnist": ("lab.mnist", "a GAN on MNIST, and the encoder that makes a codec of it"),
    "entropy": ("lab.entropy", "the GAN codec's latents under one entropy coder after the other"),
    "transforms": (
        "lab.transforms",
        "DCT, JPEG's quantiser, PNG's filters, and the learned transform",
    ),
    "hybrids": ("lab.hybrids", "GAN + entropy coding and GAN + transform, at equal bitrate"),
    "all": ("lab.page", "everything, small, and one page with the story"),
}
"What each experiment is: where its command.py lies, and what it shows."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment that the first argument names; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        parser = make_parser(words[:1])
    except LabError as error:
        return print_error(error.on_command_line())
    arguments = parser.parse_args(words)
    experiment = _load(EXPERIMENTS[arguments.experiment][0])
    return run_command(lambda: experiment.run(make_settings(experiment.SETTINGS, arguments)))


def make_parser(asked: Collection[str] = tuple(EXPERIMENTS)) -> OneLineParser:
    """The arguments of the command; those of the experiments in `asked` alone, for they bring torch.

    Raises:
        LabError: a package of the extra is missing.
    """
    parser = OneLineParser(
        prog="narrowcast lab", description="From generator and discriminator to the codec."
    )
    commands = parser.add_subparsers(
        metavar="EXPERIMENT", dest="experiment", required=True, parser_class=SettingsParser
    )
    for name, (room, purpose) in EXPERIMENTS.items():
        settings: tuple[type, ...] = (_load(room).SETTINGS,) if name in asked else ()
        commands.add_parser(name, help=purpose, settings=settings)
    return parser


def _load(room: str) -> Any:
    """Import an experiment; LabError where a package of the extra is missing."""
    try:
        import_module("matplotlib")  # otherwise missed only where something is drawn, minutes later
        return import_module(f"narrowcast.{room}.command")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "narrowcast":
            raise
        raise LabError(
            f"{error.name} is not installed; get it with: pip install 'narrowcast[lab]'"
        ) from error


if __name__ == "__main__":
    sys.exit(main())

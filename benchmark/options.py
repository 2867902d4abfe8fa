"""Options of a benchmark: fields of a frozen dataclass that carry their help and their check."""

from __future__ import annotations

import math
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from narrowcast.errors import ConfigError
from sender.config import DEVICES, SenderConfig, parse_size

WEIGHTS_VARIABLE = "NARROWCAST_BENCH_WEIGHTS"
"""Names the folder of metric weights where --weights does not."""

Check = Callable[[str, Any], None]
"Takes an option's name and value; ConfigError where the value cannot be."


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How an option that is not one word or number is written."""

    metavar: str
    "in --help"
    parse: Callable[[str, str], Any]
    "makes the value of the option's name and its text"
    show: Callable[[Any], str]
    "the inverse of `parse`: the default in --help"


def option(
    default: Any = MISSING,
    *,
    help: str,
    kind: Kind | None = None,
    metavar: str | None = None,
    positional: str | None = None,
    flag: str | None = None,
    check: Check | None = None,
) -> Any:
    """Declare a field that is an option of the command line.

    Args:
        default: of the field and of the command line; a function without arguments makes it when needed.
        help: for --help, which adds the default unless the text names one.
        kind: how it is written; None for one word or number of the field's type.
        metavar: in --help, where there is no kind.
        positional: argparse's nargs ("+" or "?") where it has no flag.
        flag: where it is not the field's name.
        check: of its value, in `Options.__post_init__`.
    """
    metadata = {
        "help": help,
        "kind": kind,
        "metavar": metavar,
        "positional": positional,
        "flag": flag,
        "check": check,
    }
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Options:
    """The base of a benchmark's options: every one is checked when it is made."""

    json: Path | None = option(None, metavar="FILE", help="write the rows there, while they come")

    def __post_init__(self) -> None:
        for each in fields(self):
            check = each.metadata.get("check")
            if check is not None:
                check(each.name.replace("_", " "), getattr(self, each.name))
        check_folders(self.json)


OptionsT = TypeVar("OptionsT", bound=Options)


@dataclass(frozen=True, kw_only=True)
class PlotOptions(Options):
    """Of a benchmark that can draw its rows."""

    plot: Path | None = option(None, metavar="FILE.png", help="draw the rows (needs matplotlib)")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_folders(self.plot)


def add_options(parser: ArgumentParser, options: type[Options]) -> None:
    """Declare every field on the command line; `options_from` reads them back."""
    types = get_type_hints(options)
    for each in fields(options):
        about = each.metadata
        flag = about["flag"] or f"--{each.name.replace('_', '-')}"
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if types[each.name] is bool:
            parser.add_argument(flag, dest=each.name, action="store_true", help=about["help"])
            continue
        kind: Kind | None = about["kind"]
        more: dict[str, Any] = {"help": about["help"] + _default_text(about["help"], default, kind)}
        more |= {"metavar": kind.metavar if kind else about["metavar"]}
        if kind is None:
            more["type"] = _plain_type(types[each.name])
        if about["positional"]:
            parser.add_argument(each.name, nargs=about["positional"], **more)
        else:
            parser.add_argument(flag, dest=each.name, **more)


def options_from(arguments: Namespace, options: type[OptionsT]) -> OptionsT:
    """Make the checked options; those that were not given keep their defaults."""
    given: dict[str, Any] = {}
    for each in fields(options):
        value = getattr(arguments, each.name)
        if value is None or (value is False):
            continue
        kind: Kind | None = each.metadata["kind"]
        given[each.name] = kind.parse(_name(each), value) if kind else value
        if isinstance(value, list):
            given[each.name] = tuple(value)
    return options(**given)


def _name(each: Field[Any]) -> str:
    return each.name.replace("_", " ")


def _plain_type(annotated: Any) -> type:
    """int of `int`, of `int | None` and of `tuple[int, ...]`."""
    found: type = next((each for each in get_args(annotated) if each is not type(None)), annotated)
    return found


def _default_text(help: str, default: Any, kind: Kind | None) -> str:
    if default is None or default is MISSING or "default" in help:
        return ""
    if kind is not None:
        return f" (default {kind.show(default)})"
    return f" (default {default:g})" if isinstance(default, float) else f" (default {default})"


def split_names(name: str, text: str) -> tuple[str, ...]:
    """Read "a, b,a" as ("a", "b")."""
    return tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))


def split_counts(name: str, text: str) -> tuple[int, ...]:
    """Read "1,2,4" as numbers from 1 up."""
    names = split_names(name, text)
    if not names or not all(each.isdecimal() and int(each) > 0 for each in names):
        raise ConfigError(f"{name} is {text!r}; write numbers from 1 up, for example 1,2,4")
    return tuple(int(each) for each in names)


def split_rates(name: str, text: str) -> tuple[float, ...]:
    """Read "16,32" as kbit/s."""
    try:
        return tuple(float(each) for each in split_names(name, text))
    except ValueError as error:
        raise ConfigError(f"{name} is {text!r}; write kbit/s, for example 32,64") from error


def size_text(size: tuple[int, int]) -> str:
    """Width and height as on the command line: 640x360."""
    return f"{size[0]}x{size[1]}"


NAMES = Kind(metavar="LIST", parse=split_names, show=",".join)
COUNTS = Kind(metavar="LIST", parse=split_counts, show=lambda counts: ",".join(map(str, counts)))
RATES = Kind(metavar="LIST", parse=split_rates, show=lambda rates: ",".join(f"{rate:g}" for rate in rates))
SIZE = Kind(metavar="WxH", parse=lambda name, text: parse_size(text), show=size_text)
SIZES = Kind(
    metavar="LIST",
    parse=lambda name, text: tuple(parse_size(size) for size in split_names(name, text)),
    show=lambda sizes: ",".join(map(size_text, sizes)),
)


def weights_option(networks: str) -> Any:
    """Declare the folder of the metrics' weights: what is named, or what the environment names."""
    about = f"folder of {networks} weights (default ${WEIGHTS_VARIABLE})"
    return option(_weights_of_environment, metavar="DIR", help=about)


def _weights_of_environment() -> Path | None:
    folder = os.environ.get(WEIGHTS_VARIABLE)
    return Path(folder) if folder else None


def one_of(what: str, known: tuple[str, ...]) -> Check:
    """Refuse a name, or a list of names, that is empty or names what there is not."""

    def check(name: str, value: str | tuple[str, ...]) -> None:
        names = (value,) if isinstance(value, str) else value
        if not names:
            raise ConfigError(f"no {what} is named; choose from {', '.join(known)}")
        for each in names:
            if each not in known:
                raise ConfigError(f"no {what} {each!r}; choose from {', '.join(known)}")

    return check


def above_zero(name: str, value: float | tuple[float, ...]) -> None:
    """Refuse what is no finite number above zero, and a list that is empty or has one that is not."""
    values = value if isinstance(value, tuple) else (value,)
    if not values:
        raise ConfigError(f"{name} is empty; write numbers above 0")
    for each in values:
        if not (each > 0 and math.isfinite(each)):
            raise ConfigError(f"{name} is {each:g}; it has to be above 0")


def between(low: float, high: float = math.inf) -> Check:
    """Refuse a number outside a range whose ends belong to it, and infinity."""

    def check(name: str, value: float) -> None:
        if not (low <= value <= high and math.isfinite(value)):
            to = f"from {low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"
            raise ConfigError(f"{name} is {value:g}; it has to be {to}")

    return check


def check_folders(*paths: Path | None) -> None:
    """Refuse files in folders that do not exist."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise ConfigError(f"there is no folder {path.parent} to write {path.name} to; make it first")


@dataclass(frozen=True, kw_only=True)
class PictureOptions(Options):
    """The pictures that are measured."""

    size: tuple[int, int] = option((640, 360), kind=SIZE, help="size of the pictures")
    fps: float = option(15.0, help="frames a second", check=above_zero)

    @property
    def width(self) -> int:
        """Pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.size[1]


@dataclass(frozen=True, kw_only=True)
class StreamOptions(PictureOptions):
    """A stream between processes that a benchmark starts: its pictures, and where its codec runs."""

    quality: float = option(0.5, help="0 (fewest bits) to 1 (best picture)")
    device: str = option("auto", help=f"where the codec runs: {', '.join(DEVICES)}")
    threads: int | None = option(None, help="CPU threads of the codec, in each process")

    def __post_init__(self) -> None:
        """Refuse what the sender would refuse too, but only once it has been started."""
        SenderConfig(
            source="test:",
            width=self.width,
            height=self.height,
            fps=self.fps,
            quality=self.quality,
            device=self.device,
            threads=self.threads,
        )
        super().__post_init__()

    def picture_arguments(self) -> list[str]:
        """What the sender is told of the pictures."""
        return ["--size", size_text(self.size), "--fps", f"{self.fps:g}", "--quality", f"{self.quality:g}"]

    def codec_arguments(self) -> list[str]:
        """What sender and receiver are told of the codec."""
        threads = [] if self.threads is None else ["--threads", str(self.threads)]
        return ["--device", self.device, *threads]

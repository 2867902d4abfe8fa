"""Settings that several benchmarks share: files to write, pictures, a stream between processes, weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from narrowcast.errors import ConfigError
from narrowcast.runtime.common_settings import ComputeSettings, StreamSize
from narrowcast.runtime.settings import Setting, Settings, fields_of
from narrowcast.sender.config import SenderConfig

WEIGHTS_VARIABLE = "NARROWCAST_BENCH_WEIGHTS"
"""Names the folder of metric weights where --weights does not."""

POSITIVE_LIST = Setting(metavar="LIST", above=0)


def name_list(choices: Sequence[str] | Callable[[], Sequence[str]]) -> Setting:
    """Describe a list of names, with spaces or without."""
    return Setting(metavar="LIST", choices=choices, parse=str.strip)


@dataclass(frozen=True, kw_only=True)
class BenchmarkSettings(Settings):
    """The settings of every benchmark."""

    json: Annotated[Path | None, Setting(metavar="FILE")] = None
    "write the rows there, while they come"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is; lists lose what stands in them twice."""
        cls: type = type(self)
        for field in fields_of(cls):
            if field.several and (values := getattr(self, field.name)) is not None:
                if not values:
                    raise field.error("is an empty list; name one at least")
                object.__setattr__(self, field.name, tuple(dict.fromkeys(values)))
        super().__post_init__()
        check_folder("json", self.json)


@dataclass(frozen=True, kw_only=True)
class PlotSettings(BenchmarkSettings):
    """The settings of a benchmark that can draw its rows."""

    plot: Annotated[Path | None, Setting(metavar="FILE.png")] = None
    "draw the rows there (needs matplotlib)"

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        super().__post_init__()
        check_folder("plot", self.plot)


@dataclass(frozen=True, kw_only=True)
class PictureSettings(BenchmarkSettings, StreamSize):
    """The pictures that are measured."""

    fps: Annotated[float, Setting(above=0)] = 15.0
    "frames a second"


@dataclass(frozen=True, kw_only=True)
class StreamSettings(PictureSettings, ComputeSettings):
    """A stream between processes that a benchmark starts: its pictures, and where its codec runs."""

    quality: Annotated[float, Setting(minimum=0, maximum=1)] = 0.5
    "fewest bits or best picture"

    def __post_init__(self) -> None:
        """Refuse what the sender would refuse too, but only once it has been started."""
        super().__post_init__()
        SenderConfig(source="test:", size=self.size, fps=self.fps)

    def picture_arguments(self) -> list[str]:
        """What the sender is told of the pictures."""
        return ["--size", size_text(self.size), "--fps", f"{self.fps:g}", "--quality", f"{self.quality:g}"]

    def codec_arguments(self) -> list[str]:
        """What sender and receiver are told of the codec."""
        threads = [] if self.threads is None else ["--threads", str(self.threads)]
        return ["--device", self.device, *threads]


def size_text(size: tuple[int, int]) -> str:
    """Width and height as on the command line: 640x360."""
    return f"{size[0]}x{size[1]}"


def weights_of_environment() -> Path | None:
    """Return the folder of the metrics' weights that the environment names."""
    folder = os.environ.get(WEIGHTS_VARIABLE)
    return Path(folder) if folder else None


def check_folder(name: str, path: Path | None) -> None:
    """Refuse to write into a folder that does not exist, or over a file that is no result of a benchmark."""
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        raise ConfigError(f"is {path}; there is no folder {path.parent}, make it first", setting=name)
    if path.is_file() and not _is_result(path):
        raise ConfigError(f"is {path}, which exists and is no such result; name another file", setting=name)


def _is_result(path: Path) -> bool:
    """Whether a file is empty or may be what a benchmark has written: rows as JSON, or a PNG picture."""
    with path.open("rb") as file:
        start = file.read(32)
    return not start or start.startswith(b"\x89PNG") or b'"machine"' in start

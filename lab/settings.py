"""What every command of the lab can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from narrowcast.runtime.common_settings import POSITIVE, StreamSize
from narrowcast.runtime.settings import Setting, Settings, fields_of
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.sources.spec import DEMO_CLIP


@dataclass(frozen=True, kw_only=True)
class LabSettings(Settings):
    """Where results go, and how much of the machine they may take."""

    out: Annotated[Path, Setting(metavar="DIR")] = Path("lab-out")
    "folder of the tables, pictures and the page"
    threads: Annotated[int, POSITIVE] = 2
    "CPU threads of the networks"


@dataclass(frozen=True, kw_only=True)
class ClipSettings(StreamSize, LabSettings):
    """A clip, and what of it is coded."""

    clip: Annotated[Path, Setting(positional=True, metavar="CLIP")] = DEMO_CLIP
    "video or picture; by default the clip that comes with the package"
    frames: Annotated[int, POSITIVE] = 16
    "of the clip, at 15 a second"

    def __post_init__(self) -> None:
        """Refuse what the codecs would refuse too, but only later."""
        super().__post_init__()
        SenderConfig(source="test:", size=self.size)


_HERE = ("out", "threads", "resume", "beside", "weights", "data")
"Settings that say where and how fast, not what: the command under a result leaves them out."


def command_of(name: str, settings: LabSettings) -> str:
    """The command line that makes a result again, as far as it differs from the defaults."""
    words = ["narrowcast lab", name]
    cls: type = type(settings)
    for field in fields_of(cls):
        value = getattr(settings, field.name)
        if field.name in _HERE or value == field.default:
            continue
        if field.setting.positional:
            words.append(Path(value).name)
        elif isinstance(value, bool):
            words.append(field.flag if value else field.flag.replace("--", "--no-"))
        elif isinstance(value, tuple):
            words.append(f"{field.flag} {'x'.join(map(str, value))}")
        else:
            words.append(f"{field.flag} {value}")
    return " ".join(words)

"""The command line of the player: `narrowcast play`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrowcast.errors import ConfigError
from receiver.play.config import PlayConfig
from runtime.settings import make_settings
from runtime.settings_parser import SettingsParser
from runtime.signals import StopSignal
from runtime.terminal import run_command

if TYPE_CHECKING:
    from receiver.play.replay import Contents, Replay, ReplayedFrame
    from receiver.recording.payload_file import PayloadFile


def main(argv: Sequence[str] | None = None) -> int:
    """Play, export or describe a recording as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _play(make_settings(PlayConfig, arguments)))


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast play",
        description="Play a recording that receive --record NAME.ncast has made.",
        settings=(PlayConfig,),
    )


def _play(config: PlayConfig) -> None:
    # Imported here: they bring the codec, which would make every --help and every typing error slow.
    from receiver.play.replay import Replay, examine
    from receiver.recording.payload_file import PayloadFile

    with PayloadFile(config.file) as file:
        contents = examine(file)
        if config.info:
            _describe(file, contents)
            return
        replay = Replay(file, contents, config, lambda text: print(text, file=sys.stderr, flush=True))
        if config.export is not None:
            _export(config, config.export, replay)
        else:
            _show(config, replay)


def _describe(file: PayloadFile, contents: Contents) -> None:
    from protocol import printable
    from receiver.play.replay import clock_text, damage_text

    for stream in contents.streams:
        text = f"{stream.recorded_at}: {stream.width}x{stream.height}, {stream.codec} {stream.model_id}"
        print(printable(text, 200))
    seconds = contents.duration_us / 1e6
    kbps = 8e-3 * contents.payload_bytes / seconds if seconds else 0.0
    print(
        f"{clock_text(contents.duration_us)}: {contents.frames} frames, {len(contents.keyframes)} keyframes, "
        f"{contents.payload_bytes} bytes of payload ({kbps:.1f} kbit/s)"
    )
    if contents.painted:
        print(f"a network had painted {contents.painted} of the pictures when they were shown")
    for damage in contents.damages:
        before = [key.time_us for key in contents.keyframes if key.first_byte < damage.first_byte]
        print(damage_text(damage, file.bytes, before[-1] if before else 0))
    if not contents.damages:
        print("every record is as it was written")


def _export(config: PlayConfig, out: Path, replay: Replay) -> None:
    from receiver.play.export import export

    frames = replay.pictures(replay.keyframe_before(config.from_us))
    wanted = itertools.takewhile(lambda frame: frame.time_us <= config.to_us, frames)
    count = export((frame for frame in wanted if frame.time_us >= config.from_us), out, marks=config.mark)
    print(f"exported {count} frames to {out}")


def _show(config: PlayConfig, replay: Replay) -> None:
    from receiver.play.player import Player
    from receiver.window.display import open_window

    window = open_window(f"narrowcast {config.file.name}")
    if window is None:
        raise ConfigError("there is no display here; use --export OUT.mp4, or --info")
    stop = StopSignal()
    with window, stop:
        player = Player(replay, window, stop, save=_save_in(Path()), speed=config.speed, to_us=config.to_us)
        player.play(replay.keyframe_before(config.from_us), config.from_us)


def _save_in(folder: Path) -> Callable[[ReplayedFrame], None]:
    """What writes a picture beside where the program was started, and says so."""
    from runtime.picture_files import write_png

    def save(frame: ReplayedFrame) -> None:
        path = folder / f"narrowcast-{frame.time_us // 1000:09d}.png"
        try:
            write_png(path, frame.rgb)
            print(f"saved {path}", flush=True)
        except OSError as error:
            print(f"cannot save {path}: {error.strerror}", file=sys.stderr, flush=True)

    return save


if __name__ == "__main__":
    sys.exit(main())

"""The command line of the player: `narrowcast play`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrowcast.errors import ConfigError
from narrowcast.receiver.play.config import PlayConfig
from narrowcast.runtime.settings import make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.terminal import run_command

if TYPE_CHECKING:
    from narrowcast.receiver.play.replay import Replay, ReplayedFrame
    from narrowcast.receiver.play.source import RecordSource


def main(argv: Sequence[str] | None = None) -> int:
    """Play, export or describe a recording as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _play(make_settings(PlayConfig, arguments)), live=True)


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    return SettingsParser(
        prog="narrowcast play",
        description="Play a recording: one that receive --record NAME.ncast has made, or that of a fabric.",
        settings=(PlayConfig,),
    )


def _play(config: PlayConfig) -> None:
    # Imported here: they bring the codec, which would make every --help and every typing error slow.
    from narrowcast.receiver.play.export import check_target
    from narrowcast.receiver.play.replay import Replay
    from narrowcast.receiver.play.source import open_recording

    if config.export is not None:
        check_target(config.export, overwrite=config.overwrite)
    with open_recording(config) as file:
        if config.info:
            _describe(file)
            return
        replay = Replay(file, config, lambda text: print(text, file=sys.stderr, flush=True))
        if config.export is not None:
            _export(config, config.export, replay)
        else:
            _show(config, replay)


def _describe(file: RecordSource) -> None:
    from narrowcast.protocol import printable
    from narrowcast.receiver.play.contents import examine
    from narrowcast.receiver.play.losses import clock_text

    contents = examine(file)
    for stream in contents.streams:
        text = f"{stream.recorded_at}: {stream.width}x{stream.height}, {stream.codec} {stream.model_id}"
        print(printable(text, 200))
    seconds = contents.duration_us / 1e6
    kbps = 8e-3 * contents.payload_bytes / seconds if seconds else 0.0
    print(
        f"{clock_text(contents.duration_us)}: {contents.frames} frames, {contents.keyframes} keyframes, "
        f"{contents.payload_bytes} bytes of payload ({kbps:.1f} kbit/s)"
    )
    print(
        f"{contents.entries} entry points, {contents.longest_us / 1e6:.1f} s from a keyframe to the next "
        "at most"
    )
    if contents.painted:
        print(f"a network had painted {contents.painted} of the pictures when they were shown")
    for loss in contents.losses:
        print(loss.text())
    if contents.losses_count > len(contents.losses):
        print(f"and {contents.losses_count - len(contents.losses)} more")
    if file.header_damaged:
        print("the beginning of the file is lost; what it said was found again in an entry point")
    if contents.losses_count or file.header_damaged:
        print("narrowcast repair makes a sound file of it")
    else:
        print("every record is as it was written")


def _export(config: PlayConfig, out: Path, replay: Replay) -> None:
    from narrowcast.receiver.play.cut import cut
    from narrowcast.receiver.play.export import TIMELAPSE_FPS, export, timelapse
    from narrowcast.receiver.recording.payload_recorder import SUFFIX

    lapse = config.timelapse > 1
    every_us = round(1e6 * config.timelapse / TIMELAPSE_FPS) if lapse else 0
    span = config.span(replay.begun)
    if out.suffix.lower() == SUFFIX:
        print(f"copied {cut(replay.source, out, span, overwrite=config.overwrite)} frames to {out}")
        return
    frames = replay.pictures(replay.entry_before(span.from_us), span.from_us, every_us)
    wanted = itertools.takewhile(lambda frame: frame.time_us <= span.to_us, frames)
    count = export(timelapse(wanted) if lapse else wanted, out, marks=config.mark, overwrite=config.overwrite)
    print(f"exported {count} frames to {out}")


def _show(config: PlayConfig, replay: Replay) -> None:
    from narrowcast.receiver.play.player import Player
    from narrowcast.receiver.window.display import open_window

    window = open_window(f"narrowcast {config.file.name}")
    if window is None:
        raise ConfigError("there is no display here; use --export OUT.mp4, or --info")
    stop = StopSignal()
    with window, stop:
        span = config.span(replay.begun)
        player = Player(replay, window, stop, save=_save_in(Path()), speed=config.speed, to_us=span.to_us)
        player.play(replay.entry_before(span.from_us), span.from_us)


def _save_in(folder: Path) -> Callable[[ReplayedFrame], None]:
    """What writes a picture beside where the program was started, and says so."""
    from narrowcast.receiver.recording.file import free_name
    from narrowcast.runtime.picture_files import write_png

    def save(frame: ReplayedFrame) -> None:
        path = free_name(folder / f"narrowcast-{frame.time_us // 1000:09d}.png")
        try:
            write_png(path, frame.rgb)
            print(f"saved {path}", flush=True)
        except OSError as error:
            print(f"cannot save {path}: {error.strerror}", file=sys.stderr, flush=True)

    return save


if __name__ == "__main__":
    sys.exit(main())

"""The command line of the player: `narrowcast play`."""

from __future__ import annotations

import itertools
import sys
from argparse import BooleanOptionalAction, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from narrowcast.errors import ConfigError
from runtime.signals import StopSignal
from runtime.terminal import OneLineParser, run_command

if TYPE_CHECKING:
    from receiver.play.replay import Contents, Replay, ReplayedFrame
    from receiver.recording.payload_file import PayloadFile

_FOREVER_S = 1e9


def main(argv: Sequence[str] | None = None) -> int:
    """Play, export or describe a recording as the arguments say; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _play(arguments), expected_errors)


def make_parser() -> OneLineParser:
    """The arguments of the command."""
    parser = OneLineParser(
        prog="narrowcast play", description="Play a recording that receive --record NAME.ncast has made."
    )
    parser.add_argument("file", type=Path, help="recording of payloads (.ncast)")
    parser.add_argument("--info", action="store_true", help="check every record, say what is in it, and stop")
    parser.add_argument(
        "--export",
        type=Path,
        metavar="OUT",
        help="write a video (.mp4, .mkv, .mov), or PNG files to a folder",
    )
    parser.add_argument(
        "--from", dest="from_s", type=float, default=0.0, metavar="S", help="begin S seconds in"
    )
    parser.add_argument("--to", dest="to_s", type=float, default=_FOREVER_S, metavar="S", help="end there")
    parser.add_argument("--speed", type=float, default=1.0, help="2 is twice as fast (default 1)")
    parser.add_argument(
        "--weights", type=Path, metavar="DIR", help="paint with the generator in this folder instead"
    )
    parser.add_argument(
        "--mark",
        action=BooleanOptionalAction,
        default=True,
        help='mark what a generator painted as "reconstructed"',
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda (default auto)")
    parser.add_argument("--threads", type=int, help="CPU threads of the codec")
    return parser


def expected_errors() -> tuple[type[Exception], ...]:
    """What may go wrong without a fault in the program; looked up only when something has."""
    from codec import CodecError
    from receiver.recording.payload_file import PayloadFileError
    from receiver.recording.video import RecordError

    return ConfigError, PayloadFileError, RecordError, CodecError


def _play(arguments: Namespace) -> None:
    _check(arguments)
    # Imported here: they bring the codec, which would make every --help and every typing error slow.
    from receiver.play.replay import Replay, ReplayConfig, examine
    from receiver.recording.payload_file import PayloadFile

    with PayloadFile(arguments.file) as file:
        contents = examine(file)
        if arguments.info:
            _describe(file, contents)
            return
        config = ReplayConfig(
            device=arguments.device, threads=arguments.threads, weights=arguments.weights, mark=arguments.mark
        )
        replay = Replay(file, contents, config, lambda text: print(text, file=sys.stderr, flush=True))
        if arguments.export is not None:
            _export(arguments, replay)
        else:
            _show(arguments, replay)


def _check(arguments: Namespace) -> None:
    if not 0 <= arguments.from_s < arguments.to_s:
        raise ConfigError("from and to are seconds from the start: 0 or more, and to behind from")
    if not 0.01 <= arguments.speed <= 1000:
        raise ConfigError(f"speed is {arguments.speed:g}; it may be from 0.01 to 1000")


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
    for damage in contents.damages:
        before = [key.time_us for key in contents.keyframes if key.first_byte < damage.first_byte]
        print(damage_text(damage, file.bytes, before[-1] if before else 0))
    if not contents.damages:
        print("every record is as it was written")


def _export(arguments: Namespace, replay: Replay) -> None:
    from receiver.play.export import export

    from_us, to_us = arguments.from_s * 1e6, arguments.to_s * 1e6
    frames = replay.pictures(replay.keyframe_before(round(from_us)))
    wanted = itertools.takewhile(lambda frame: frame.time_us <= to_us, frames)
    count = export((frame for frame in wanted if frame.time_us >= from_us), arguments.export)
    print(f"exported {count} frames to {arguments.export}")


def _show(arguments: Namespace, replay: Replay) -> None:
    from receiver.play.player import Player
    from receiver.window.display import open_window

    window = open_window(f"narrowcast {arguments.file.name}")
    if window is None:
        raise ConfigError("there is no display here; use --export OUT.mp4, or --info")
    stop = StopSignal()
    with window, stop:
        from_us, to_us = round(arguments.from_s * 1e6), round(arguments.to_s * 1e6)
        player = Player(replay, window, stop, save=_save_in(Path()), speed=arguments.speed, to_us=to_us)
        player.play(replay.keyframe_before(from_us), from_us)


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

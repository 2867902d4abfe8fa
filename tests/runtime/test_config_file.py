"""Settings from files: the same names and checks as on the command line, which wins."""

from __future__ import annotations

import string
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.__main__ import make_parser as receiver_parser
from runtime.config_file import ConfigFileError, parse_with_file, read_settings
from runtime.terminal import OneLineParser
from sender.__main__ import make_parser as sender_parser

FULL = """
source = 0
listen = "tcp://*:5555"
max-kbps = 100
fps = 7.5
frames = 20
loop = true
stats = "json"
save_frames = "pictures"
"""


def small_parser() -> ArgumentParser:
    parser = OneLineParser(prog="narrowcast test")
    parser.add_argument("source")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--listen")
    where.add_argument("--connect")
    parser.add_argument("--max-kbps", type=float, default=0.0)
    parser.add_argument("--fps", type=float)
    parser.add_argument("--frames", type=int)
    parser.add_argument("--loop", action=BooleanOptionalAction, default=False)
    parser.add_argument("--stats", choices=("rich", "json"), default="rich")
    parser.add_argument("--save-frames", type=Path)
    return parser


def parse(tmp_path: Path, text: str, *line: str) -> Namespace:
    path = tmp_path / "narrowcast.toml"
    path.write_text(text, encoding="utf-8")
    return parse_with_file(small_parser(), ["--config", str(path), *line])


def test_a_file_may_say_everything(tmp_path: Path) -> None:
    arguments = parse(tmp_path, FULL)
    assert (arguments.source, arguments.listen, arguments.max_kbps) == ("0", "tcp://*:5555", 100.0)
    assert (arguments.fps, arguments.frames, arguments.loop) == (7.5, 20, True)
    assert (arguments.stats, arguments.save_frames) == ("json", Path("pictures"))


def test_several_sources_are_a_list(tmp_path: Path) -> None:
    path = tmp_path / "send.toml"
    path.write_text('source = ["front=0", "yard=rtsp://h"]\nlisten = "tcp://*:5555"\n')
    arguments = parse_with_file(sender_parser(), ["--config", str(path)])
    assert arguments.source == ["front=0", "yard=rtsp://h"]
    arguments = parse_with_file(sender_parser(), ["test:", "--config", str(path)])
    assert arguments.source == ["test:"] and arguments.listen == "tcp://*:5555"
    path.write_text("source = 0")
    assert parse_with_file(sender_parser(), ["--config", str(path)]).source == ["0"]
    path.write_text("source = []")
    with pytest.raises(ConfigFileError, match="is an empty list; name one at least"):
        read_settings(path, sender_parser())


def test_the_line_beats_the_file(tmp_path: Path) -> None:
    line = ["test:", "--connect", "tcp://192.0.2.5:1", "--max-kbps=50", "--no-loop", "--stats", "rich"]
    arguments = parse(tmp_path, FULL, *line)
    assert (arguments.source, arguments.max_kbps, arguments.loop) == ("test:", 50.0, False)
    assert (arguments.listen, arguments.connect) == (None, "tcp://192.0.2.5:1")
    assert arguments.stats == "rich" and arguments.fps == 7.5


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    arguments = vars(parse(tmp_path, "", "test:"))
    del arguments["config"]
    expected = vars(parse_with_file(small_parser(), ["test:"]))
    del expected["config"]
    assert arguments == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("max-kpbs = 5", "has a setting 'max-kpbs', which there is not; is it 'max-kbps'?"),
        ("xyz = 5", "is it '"),
        ("config = 'x'", "a setting 'config', which there is not"),
        ("fps = 'fast'", "fps in .* is 'fast'; it has to be a number"),
        ("fps = true", "fps in .* is True; it has to be a number or a text"),
        ("frames = 1.5", "it has to be a whole number"),
        ("loop = 'yes'", "it may be true or false"),
        ("stats = 'xml'", "it may be rich, json"),
        ("[send]\nfps = 5", "a setting 'send'"),
        ("source = [0]", "a number or a text"),
        ("listen = 'a'\nconnect = 'b'", "listen and connect, which exclude each other"),
        ("fps = ", "is no TOML"),
        ("fps = 5\nfps = 6", "is no TOML"),
    ],
)
def test_mistakes_in_a_file_get_one_line(
    tmp_path: Path, text: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "narrowcast.toml"
    path.write_text(text)
    with pytest.raises(ConfigFileError, match=complaint):
        read_settings(path, small_parser())
    with pytest.raises(SystemExit) as leaving:
        parse(tmp_path, text, "test:")
    assert leaving.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="cannot read .*: no such file"):
        read_settings(tmp_path / "none.toml", small_parser())
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigFileError, match="is no TOML"):
        read_settings(tmp_path / "binary.toml", small_parser())


@settings(max_examples=200, deadline=None)
@given(st.text(string.printable + "äß\0", max_size=80))
def test_any_text_is_settings_or_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8")
    try:
        assert isinstance(read_settings(path, small_parser()), dict)
    except ConfigFileError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize("make_parser", [sender_parser, receiver_parser])
def test_every_option_of_the_programs_may_stand_in_a_file(
    make_parser: type[ArgumentParser], tmp_path: Path
) -> None:
    samples = {int: "7", float: "0.5", Path: "'x'", None: "'x'"}
    lines, exclusive = [], {"connect", "secure"}
    for action in make_parser()._actions:
        if action.dest in exclusive or action.dest == "help":
            continue
        value = "true" if action.nargs == 0 else f"'{action.choices[0]}'" if action.choices else ""  # type: ignore[index]
        lines.append(f"{action.dest} = {value or samples[action.type]}")  # type: ignore[index]
    path = tmp_path / "all.toml"
    path.write_text("\n".join(lines))
    assert len(read_settings(path, make_parser())) == len(lines) >= 10

"""Settings from files: the same names and checks as on the command line, which wins."""

from __future__ import annotations

import string
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowcast.errors import ConfigError
from narrowcast.receiver.__main__ import make_parser as receiver_parser
from narrowcast.runtime.config_file import ConfigFileError, read_settings
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.sender.__main__ import SendCommand
from narrowcast.sender.__main__ import make_parser as sender_parser

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


@dataclass(frozen=True, kw_only=True)
class Small(Settings):
    source: Annotated[str, Setting(positional=True)]
    listen: Annotated[str | None, Setting(exclusive="where")] = None
    connect: Annotated[str | None, Setting(exclusive="where")] = None
    max_kbps: float = 0.0
    fps: float | None = None
    max_frames: Annotated[int | None, Setting(flag="frames")] = None
    loop: bool = False
    stats: Literal["rich", "json"] = "rich"
    save_frames: Path | None = None


def small_parser() -> SettingsParser:
    return SettingsParser(prog="narrowcast test", settings=(Small,), file=True)


def parse(tmp_path: Path, text: str, *line: str) -> Small:
    path = tmp_path / "narrowcast.toml"
    path.write_text(text, encoding="utf-8")
    return make_settings(Small, small_parser().parse(["--config", str(path), *line]))


def test_a_file_may_say_everything(tmp_path: Path) -> None:
    small = parse(tmp_path, FULL)
    assert (small.source, small.listen, small.max_kbps) == ("0", "tcp://*:5555", 100.0)
    assert (small.fps, small.max_frames, small.loop) == (7.5, 20, True)
    assert (small.stats, small.save_frames) == ("json", Path("pictures"))


def test_several_sources_are_a_list(tmp_path: Path) -> None:
    path = tmp_path / "send.toml"

    def command(*line: str) -> SendCommand:
        return make_settings(SendCommand, sender_parser().parse([*line, "--config", str(path)]))

    path.write_text('source = ["front=0", "yard=rtsp://h"]\nlisten = "tcp://*:5555"\n')
    assert command().source == ("front=0", "yard=rtsp://h")
    assert command("test:").source == ("test:",) and command("test:").listen == "tcp://*:5555"
    path.write_text("source = 0")
    assert command().source == ("0",)
    path.write_text("source = 'rtsp://h/a,b'")
    assert command().source == ("rtsp://h/a,b",), "a comma divides the values of flags alone"
    path.write_text("source = []")
    with pytest.raises(ConfigError, match=r"source in .*send\.toml is an empty list; name one at least"):
        command()


def test_the_line_beats_the_file(tmp_path: Path) -> None:
    line = ["test:", "--connect", "tcp://192.0.2.5:1", "--max-kbps=50", "--no-loop", "--stats", "rich"]
    small = parse(tmp_path, FULL, *line)
    assert (small.source, small.max_kbps, small.loop) == ("test:", 50.0, False)
    assert (small.listen, small.connect) == (None, "tcp://192.0.2.5:1")
    assert small.stats == "rich" and small.fps == 7.5


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert parse(tmp_path, "", "test:") == Small(source="test:")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("max-kpbs = 5", "has a setting 'max-kpbs', which there is not; is it 'max-kbps'?"),
        ("xyz = 5", "is it '"),
        ("config = 'x'", "a setting 'config', which there is not"),
        ("[send]\nfps = 5", "a setting 'send'"),
        ("listen = 'a'\nconnect = 'b'", "listen and connect, which exclude each other"),
        ("fps = ", "is no TOML"),
        pytest.param("fps = " + 5000 * "9", "is no TOML", id="digits"),
        pytest.param("fps = " + 5000 * "[", "is no TOML", id="brackets"),
        ("fps = 5\nfps = 6", "is no TOML"),
    ],
)
def test_what_cannot_be_read_gets_one_line(
    tmp_path: Path, text: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "narrowcast.toml"
    path.write_text(text)
    with pytest.raises(ConfigFileError, match=complaint):
        read_settings(path, small_parser().settings)
    with pytest.raises(SystemExit) as leaving:
        parse(tmp_path, text, "test:")
    assert leaving.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fps = 'fast'", r"^fps in \S+narrowcast.toml is 'fast'; it has to be a number"),
        ("fps = true", "fps in .* is True; it has to be a number or a text"),
        ("frames = 1.5", "frames in .* is 1.5; it has to be a whole number"),
        ("loop = 'yes'", "loop in .* is 'yes'; it may be true or false"),
        ("stats = 'xml'", "stats in .* is 'xml'; it may be rich, json"),
        ("source = [0]", r"source in .* is \[0\]; it has to be a number or a text"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_file(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(tmp_path, text, *(() if text.startswith("source") else ("test:",)))


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="cannot read .*: no such file"):
        read_settings(tmp_path / "none.toml", small_parser().settings)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigFileError, match="is no TOML"):
        read_settings(tmp_path / "binary.toml", small_parser().settings)


@settings(max_examples=200, deadline=None)
@given(st.text(string.printable + "äß\0", max_size=80))
def test_any_text_is_settings_or_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8")
    try:
        assert isinstance(read_settings(path, small_parser().settings), dict)
    except ConfigFileError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize("make_parser", [sender_parser, receiver_parser])
def test_every_option_of_the_programs_may_stand_in_a_file(
    make_parser: type[SettingsParser], tmp_path: Path
) -> None:
    fields = [each for each in make_parser().settings if each.key not in ("connect", "secure")]
    path = tmp_path / "all.toml"
    path.write_text("\n".join(f"{each.key} = '7'" for each in fields))
    assert read_settings(path, fields) == {each.name: "7" for each in fields}
    assert len(fields) >= 10

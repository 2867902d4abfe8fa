"""narrowcast keys as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.__main__ import main
from narrowcast.protocol import key_text
from narrowcast.runtime.key_store import KeyStore

KEY = key_text(b"\x01" * 32)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "keys"
    monkeypatch.setenv("NARROWCAST_HOME", str(folder))
    return folder


def test_show_makes_a_key_and_prints_it_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "show"]) == 0
    assert capsys.readouterr().out == key_text(KeyStore(home).own_keys().public) + "\n"


def test_allow_list_revoke(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "list"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["keys", "allow", KEY, "--name", "phone"]) == 0
    assert "phone may connect now" in capsys.readouterr().out
    assert main(["keys", "list"]) == 0
    assert capsys.readouterr().out == f"{KEY} phone\n"
    assert main(["keys", "revoke", "phone"]) == 0
    assert "within a second" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["allow", "abc", "--name", "phone"], "a key has 52 characters, this has 3"),
        (["revoke", "phone"], "no allowed key is called 'phone'"),
        (["allow", KEY, "--name", ""], "the name of a key"),
        (["allow", KEY], "--name"),
        (["forget"], "invalid choice"),
        ([], "ACTION"),
    ],
)
def test_mistakes_get_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["keys", *arguments])
    except SystemExit as leaving:
        status = int(str(leaving.code))
    error = capsys.readouterr().err
    assert status == 2 and complaint in error and error.count("\n") == 1

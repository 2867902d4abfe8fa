"""The command `narrowcast fabric`, and what its actions do."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.fabric.administration import actions
from narrowcast.fabric.administration.__main__ import main
from narrowcast.fabric.identity import new_identity, own_identity

KEY = new_identity().public


def test_a_fabric_is_made_and_who_may_use_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "f")
    assert main(["init", folder, "--listen", "127.0.0.1:4333"]) == 0
    made, address = capsys.readouterr().out.splitlines()
    assert made.endswith(f" fabric run {folder}")
    assert "nats://127.0.0.1:4333?cert=" in address
    assert main(["list", folder]) == 0
    assert "no key is allowed" in capsys.readouterr().err
    assert main(["allow", folder, KEY, "--name", "relay", "--camera", "front,yard", "--keep", "7d"]) == 0
    assert capsys.readouterr().out == "relay may publish front, yard now\n"
    viewer = new_identity().public
    assert main(["allow", folder, viewer, "--name", "wall", "--viewer", "--only", "front"]) == 0
    worker = new_identity().public
    assert main(["allow", folder, worker, "--name", "fleet", "--worker"]) == 0
    assert "fleet may decode, for tiles and alerts, every camera now" in capsys.readouterr().out
    assert main(["list", folder]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{KEY} relay may publish front, yard",
        f"{viewer} wall may watch front",
        f"{worker} fleet may decode, for tiles and alerts, every camera",
    ]
    assert main(["revoke", folder, "wall"]) == 0
    assert "wall may connect no more" in capsys.readouterr().out


def test_this_machine_shows_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key"]) == 0
    assert capsys.readouterr().out.strip() == own_identity().public


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["allow", "DIR", KEY, "--name", "x"], "say what the key may do"),
        (["allow", "DIR", KEY, "--name", "x", "--viewer", "--camera", "front"], "say what the key may do"),
        (["allow", "DIR", KEY, "--name", "x", "--viewer", "--worker"], "say what the key may do"),
        (["allow", "DIR", KEY, "--name", "x", "--camera", "a.b"], "'a.b' is no name of a camera"),
        (
            ["allow", "DIR", KEY, "--name", "x", "--camera", "a", "--only", "b"],
            "--only is for viewers and workers",
        ),
        (["allow", "DIR", KEY, "--name", "x", "--viewer", "--keep", "7d"], "--keep is for cameras"),
        (["allow", "DIR", KEY[:-1], "--name", "x", "--viewer"], "no public NKEY"),
        (["revoke", "DIR", "nobody"], "no key is called 'nobody'; there are: none"),
        (["init", "DIR"], "has a fabric already"),
        (["init", "NEW", "--listen", "x"], "write it as HOST:PORT"),
        (["run", "NEW"], "is no folder of a fabric"),
        (["list", "NEW"], "is no folder of a fabric"),
    ],
)
def test_mistakes_get_one_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    actions.init(tmp_path / "DIR", "127.0.0.1:4333", "")
    capsys.readouterr()
    places = {name: str(tmp_path / name) for name in ("DIR", "NEW")}
    assert main([places.get(word, word) for word in arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and words in error

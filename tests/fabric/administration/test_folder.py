"""The folder of a fabric's server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from narrowcast.errors import ConfigError, FabricError
from narrowcast.fabric.administration.folder import FabricFolder, Listen, parse_listen
from narrowcast.runtime.fabric_address import parse_fabric


def made(path: Path, listen: Listen | None = None) -> FabricFolder:
    folder = FabricFolder(path)
    folder.make(listen or Listen(host="127.0.0.1", port=4333))
    return folder


def test_a_folder_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = made(tmp_path / "f")
    folder.check()
    for path in (tmp_path / "f").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    with pytest.raises(FabricError, match="has a fabric already: run it, or choose another folder"):
        made(tmp_path / "f")
    assert folder.members().members == ()
    text = folder.files.configuration.read_text()
    assert "handshake_first: true" in text and folder.admin.public in text and folder.admin.seed not in text


def test_its_address_pins_its_certificate(tmp_path: Path) -> None:
    folder = made(tmp_path / "f")
    address = parse_fabric(folder.url)
    assert (
        address == folder.local_address
        and address.tls
        and (address.host, address.port) == ("127.0.0.1", 4333)
    )
    outside = made(tmp_path / "g", Listen(advertise="hub.example"))
    assert parse_fabric(outside.url).host == "hub.example"
    assert outside.local_address.host == "127.0.0.1"
    everywhere = made(tmp_path / "h", Listen(host="::"))
    assert parse_fabric(everywhere.url).port == 4222 and everywhere.local_address.host == "::1"


def test_what_is_no_folder_of_a_fabric_is_told(tmp_path: Path) -> None:
    with pytest.raises(FabricError, match="is no folder of a fabric: narrowcast fabric init"):
        FabricFolder(tmp_path / "none").check()
    folder = made(tmp_path / "f")
    (tmp_path / "f" / "listen.json").write_text("{")
    with pytest.raises(FabricError, match="cannot read"):
        _ = folder.listen
    (tmp_path / "f").chmod(0o755)
    with pytest.raises(Exception, match="open to other users"), folder.changing():
        pass


def test_where_to_listen_is_read() -> None:
    assert parse_listen("*:4222") == ("0.0.0.0", 4222)
    assert parse_listen("[::1]:99") == ("::1", 99)
    for text in ("", "4222", "host:", "host:0", "host:x", "host:70000"):
        with pytest.raises(ConfigError, match="write it as HOST:PORT"):
            parse_listen(text)

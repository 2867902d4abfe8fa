"""Tests of sender/web/assets.py: files by their name, named by their content."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

from narrowcast.sender.web.assets import PAGE_FOLDER, AssetFolder


def test_files_are_found_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.js").write_bytes(b"// What it is.\n/** @type {number} */\n  let a; // why\n")
    (tmp_path / "b.wasm.xz").write_bytes(lzma.compress(b"\0asm" * 1000))
    (tmp_path / "secret.pem").write_bytes(b"no")
    folder = AssetFolder(tmp_path)
    script, binary = folder.find("in/a.js"), folder.find("b.wasm")
    assert script is not None and binary is not None
    assert gzip.decompress(script.content) == b"let a; // why\n", "comments stay at home"
    assert script.media_type == "text/javascript"
    assert gzip.decompress(binary.content) == b"\0asm" * 1000 and binary.media_type == "application/wasm"
    assert "b.wasm" in folder and "b.wasm.xz" not in folder
    for name in ("secret.pem", "b.wasm.xz", "../a.js", "", "in"):
        assert folder.find(name) is None
    assert folder.wire_bytes("in/a.js") == (tmp_path / "in" / "a.js").stat().st_size


def test_the_version_changes_with_any_content(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_bytes(b"let a = 1;")
    first = AssetFolder(tmp_path).version
    assert AssetFolder(tmp_path).version == first
    file.write_bytes(b"let a = 2;")
    assert AssetFolder(tmp_path).version != first
    assert AssetFolder(tmp_path / "missing").find("a.js") is None


def test_the_page_is_small_enough_for_a_thin_link() -> None:
    folder = AssetFolder(PAGE_FOLDER)
    names = [path.relative_to(PAGE_FOLDER).as_posix() for path in PAGE_FOLDER.rglob("*.*")]
    packed = [asset for name in names if (asset := folder.find(name)) is not None]
    assert len(packed) > 20 and sum(len(asset.content) for asset in packed) < 40_000

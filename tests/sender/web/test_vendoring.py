"""Tests of sender/web/vendoring.py: the archive is checked, and only what the page uses is kept."""

from __future__ import annotations

import base64
import hashlib
import io
import lzma
import tarfile
from pathlib import Path

import pytest

from narrowcast.sender.web import vendoring
from narrowcast.sender.web.generator_files import GPU_RUNTIME_FILES, RUNTIME_FILES
from narrowcast.sender.web.vendoring import LICENSE_FILE, VendoringError, check, unpack, vendor


def archive_in(folder: Path, *names: str) -> Path:
    path = folder / "package.tgz"
    with tarfile.open(path, "w:gz") as package:
        for name in (*names, "ort.node.min.mjs"):
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(name)
            package.addfile(member, io.BytesIO(name.encode()))
    return path


def test_what_the_page_uses_is_kept_with_its_licence(tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    folder.mkdir()
    (folder / "old.mjs").write_bytes(b"of another version")
    written = unpack(archive_in(tmp_path, *RUNTIME_FILES, *GPU_RUNTIME_FILES), folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {path.name for path in written} | {LICENSE_FILE}
    assert "ort.wasm.min.mjs" in names and "old.mjs" not in names and "ort.node.min.mjs" not in names
    packed = folder / "ort-wasm-simd-threaded.wasm.xz"
    assert lzma.decompress(packed.read_bytes()) == b"ort-wasm-simd-threaded.wasm"
    assert "MIT License" in (folder / LICENSE_FILE).read_text()


def test_another_archive_is_refused(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    check(archive, f"sha512-{digest}")
    with pytest.raises(VendoringError, match="nothing was installed"):
        check(archive, vendoring.INTEGRITY)


def test_an_archive_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VendoringError, match="has no ort"):
        unpack(archive_in(tmp_path), tmp_path / "vendor")


def test_without_npm_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VendoringError, match="needs npm"):
        vendor(tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()
    assert vendoring.main() == 2

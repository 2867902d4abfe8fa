"""Segments reach a folder, and a store of fsspec's; what cannot be written is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.fabric.archive.target import ArchiveError, open_target


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / "segment"
    path.write_bytes(b"frames")
    return path


@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_segments_are_put_and_listed(kind: str, segment: Path, tmp_path: Path) -> None:
    if kind == "memory":
        pytest.importorskip("fsspec", reason="the extra archive is not installed")
    url = str(tmp_path / "out") if kind == "folder" else f"memory://{tmp_path.name}/out"
    target = open_target(url)
    assert target.names("front") == set()
    for name in ("a.ncast", "b.ncast"):
        target.put(segment, "front", name)
    assert open_target(url).names("front") == {"a.ncast", "b.ncast"} and target.names("yard") == set()
    if kind == "memory":
        import fsspec

        assert fsspec.open(f"{url}/front/a.ncast").open().read() == b"frames"


def test_what_cannot_be_used_is_one_line(segment: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="the extra archive is not installed")
    with pytest.raises(ArchiveError, match="cannot write to nowhere://x: Protocol not known"):
        open_target("nowhere://x")
    with pytest.raises(ArchiveError, match=r"cannot write to .*segment: "):
        open_target(str(segment)).put(segment, "front", "a")
    with pytest.raises(ArchiveError, match="cannot write to .*: "):
        open_target(f"file://{segment}").put(segment, "front", "a")

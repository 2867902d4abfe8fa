"""Pictures written to a folder in a thread."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from narrowcast import codec
from narrowcast.runtime import picture_files
from narrowcast.runtime.picture_files import PictureFolder, PictureFolderError
from narrowcast.worker import Worker
from tests.codec.picture_samples import camera_like

LIMIT_S = 10.0
"Only a test that fails waits this long."


def test_every_picture_is_in_the_folder_after_close(tmp_path: Path) -> None:
    pictures = {f"{number}": camera_like(80, 64, seed=number) for number in range(5)}
    folder = PictureFolder(tmp_path / "new" / "folder")
    for name, rgb in pictures.items():
        folder.add(name, rgb)
    folder.close()
    decoder = codec.create_decoder("png", width=80, height=64)
    for name, rgb in pictures.items():
        assert (decoder.decode((tmp_path / "new" / "folder" / f"{name}.png").read_bytes()) == rgb).all()
    assert folder.left_out == 0


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PictureFolderError, match="cannot make the folder"):
        PictureFolder(tmp_path / "file" / "folder")


def test_a_picture_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    folder.add("no-such-folder/picture", camera_like(80, 64, seed=1))
    folder.close()
    assert folder.left_out == 1


def test_closing_ends_though_the_queue_is_full_and_the_disk_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    monkeypatch.setattr(picture_files, "write_png", lambda *_: held.wait(2 * LIMIT_S))
    folder = PictureFolder(tmp_path)
    picture, count = camera_like(80, 64, seed=1), 0
    while folder.left_out == 0:
        folder.add(f"{count}", picture)
        count += 1
    for _ in range(2):
        closing = Worker("close", lambda: folder.close(timeout_s=0.05))
        closing.start()
        assert closing.join(LIMIT_S), "close waits for the disk"
        closing.check()
    held.set()
    assert folder.left_out == count - 1, "all but the one that is being written"


def test_an_error_in_the_thread_reaches_whoever_closes(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    folder.add("narrow", camera_like(80, 64, seed=1)[:, :8])
    with pytest.raises(codec.FrameSizeError):
        folder.close()

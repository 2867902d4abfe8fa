"""Pictures written to a folder in a thread."""

from __future__ import annotations

from pathlib import Path

import pytest

import codec
from runtime.picture_files import PictureFolder, PictureFolderError
from tests.codec.picture_samples import camera_like


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

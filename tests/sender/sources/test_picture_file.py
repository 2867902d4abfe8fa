"""Tests of picture_file.py: transparency, orientation, depth, colours and animation of picture files."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from narrowcast.errors import SourceError
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.picture_file import Animation, is_animation, read_picture
from narrowcast.sender.sources.tone_map import HLG
from tests.sender.sources.odd_videos import disc, write

WIDTH, HEIGHT = 96, 64


def logo() -> Image.Image:
    """A black square on nothing."""
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[16:48, 32:64, 3] = 255
    return Image.fromarray(rgba)


def colored(index: int = 0) -> Image.Image:
    return Image.fromarray(disc(index, WIDTH, HEIGHT))


@pytest.mark.parametrize("name", ["l.png", "l.webp", "l.gif", "l.avif", "l.tiff"])
def test_a_black_logo_shows_on_its_background(tmp_path: Path, name: str) -> None:
    logo().save(tmp_path / name, lossless=True)
    for background in ((255, 255, 255), (200, 40, 40)):
        rgb = read_picture(tmp_path / name, background)
        assert np.abs(rgb[:8].astype(int) - background).max() < 8
        assert rgb[24:40, 40:56].max() < 30


def test_a_palette_and_a_single_colour_may_be_transparent(tmp_path: Path) -> None:
    logo().convert("P").save(tmp_path / "p.png", transparency=0)
    Image.new("L", (WIDTH, HEIGHT), 7).save(tmp_path / "l.png", transparency=7)
    assert read_picture(tmp_path / "p.png", (9, 9, 9)).max() <= 9
    assert read_picture(tmp_path / "l.png").min() == 255


@pytest.mark.parametrize("name", ["o.jpg", "o.png", "o.webp", "o.avif", "o.tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_s_orientation_is_carried_out(tmp_path: Path, name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    colored().save(tmp_path / name, exif=exif)
    # The turns by which EXIF's eight numbers become upright.
    turns: dict[int, Callable[[Picture], Picture]] = {
        1: lambda p: p, 2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2), 6: lambda p: np.rot90(p, -1),
        7: lambda p: np.rot90(p, 2).transpose(1, 0, 2), 8: lambda p: np.rot90(p),
    }  # fmt: skip
    want = turns[orientation](disc(0, WIDTH, HEIGHT))
    rgb = read_picture(tmp_path / name)
    assert rgb.shape == want.shape
    assert np.abs(rgb.astype(int) - want).mean() < 12


def sixteen_bits(values: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return values.astype(np.uint16) * 257


def test_sixteen_bits_grey_cmyk_and_one_bit(tmp_path: Path) -> None:
    want = disc(0, WIDTH, HEIGHT)
    for name in ("c16.png", "c16.tiff"):
        assert cv2.imwrite(str(tmp_path / name), sixteen_bits(want)[..., ::-1])
        assert np.abs(read_picture(tmp_path / name).astype(int) - want).max() <= 1
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    for name in ("g16.png", "g16.tiff"):
        assert cv2.imwrite(str(tmp_path / name), sixteen_bits(ramp))
        assert np.abs(read_picture(tmp_path / name)[..., 1].astype(int) - ramp).max() <= 1
    Image.fromarray(ramp.astype(np.float32) / 255).save(tmp_path / "f.tiff")
    assert np.abs(read_picture(tmp_path / "f.tiff")[..., 0].astype(int) - ramp).max() <= 1
    colored().convert("CMYK").save(tmp_path / "k.jpg", quality=95)
    assert np.abs(read_picture(tmp_path / "k.jpg").astype(int) - want).mean() < 6
    Image.fromarray(ramp > 127).save(tmp_path / "b.png")
    assert set(np.unique(read_picture(tmp_path / "b.png"))) == {0, 255}


def test_a_colour_profile_is_carried_out(tmp_path: Path) -> None:
    # XYZ as the profile of an RGB file would be refused; LAB has a profile that Pillow can make.
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.createProfile("sRGB")
    in_lab = ImageCms.profileToProfile(colored(), srgb, lab, outputMode="LAB")
    assert in_lab is not None
    in_lab.save(tmp_path / "lab.tiff", icc_profile=lab.tobytes())
    assert np.abs(read_picture(tmp_path / "lab.tiff").astype(int) - disc(0, WIDTH, HEIGHT)).mean() < 5
    colored().save(tmp_path / "odd.png", icc_profile=b"this is no profile")
    assert np.array_equal(read_picture(tmp_path / "odd.png"), disc(0, WIDTH, HEIGHT))


def test_an_hdr_picture_is_tone_mapped(tmp_path: Path) -> None:
    grey = [np.full((HEIGHT, WIDTH, 3), 190, np.uint8)]
    options = {"preset": "12", "svtav1-params": "lookahead=0:pred-struct=1:avif=1"}
    path = write(
        tmp_path / "h.avif",
        grey,
        codec="libsvtav1",
        pixel_format="yuv420p10le",
        transfer=HLG,
        options=options,
    )
    mapped = read_picture(path)
    assert 205 < mapped.mean() < 245  # HLG's reference white is 0.75 of the signal


@pytest.mark.parametrize("name", ["a.webp", "a.png", "a.gif", "a.avif"])
def test_an_animation_plays_at_its_own_pace(tmp_path: Path, name: str) -> None:
    pictures = [colored(4 * index) for index in range(4)]
    durations = [40, 200, 0, 60]
    pictures[0].save(
        tmp_path / name, save_all=True, append_images=pictures[1:], duration=durations, loop=0, lossless=True
    )
    assert is_animation(tmp_path / name)
    animation = Animation(str(tmp_path / name), name)
    times: list[int] = []
    ends: list[int] = []
    while animation.advance():
        index = len(times)
        times.append(animation.time_us // 1000)
        ends.append(animation.end_us // 1000)
        assert np.abs(animation.picture().astype(int) - disc(4 * index, WIDTH, HEIGHT)).mean() < 12
    animation.close()
    assert times[:2] == [0, 40] and times[2] == 240
    assert ends[2] - times[2] == 100, "no time at all is the usual time"
    assert len(times) == 4 and animation.damaged == 0
    assert animation.fps == pytest.approx(25)


def test_a_transparent_animation_keeps_its_background(tmp_path: Path) -> None:
    second = Image.new("RGBA", (WIDTH, HEIGHT))
    logo().save(tmp_path / "t.webp", save_all=True, append_images=[second], duration=100, lossless=True)
    animation = Animation(str(tmp_path / "t.webp"), "t", (10, 200, 10))
    assert animation.advance() and animation.picture()[24:40, 40:56].max() < 10
    assert animation.advance() and np.all(animation.picture() == (10, 200, 10))
    assert not animation.advance()
    with pytest.raises(SourceError, match="no picture before the first"):
        animation.picture()


def test_pages_and_single_pictures_are_no_animation(tmp_path: Path) -> None:
    colored().save(tmp_path / "p.tiff", save_all=True, append_images=[colored(8)])
    colored().save(tmp_path / "s.gif")
    (tmp_path / "n.webp").write_bytes(b"RIFF")
    assert not any(is_animation(tmp_path / name) for name in ("p.tiff", "s.gif", "n.webp", "none.png"))
    assert np.array_equal(read_picture(tmp_path / "p.tiff"), disc(0, WIDTH, HEIGHT))


def test_what_is_no_picture_says_why(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    colored().save(buffer, "PNG")
    (tmp_path / "cut.png").write_bytes(buffer.getvalue()[:-200])
    (tmp_path / "text.png").write_text("text")
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64))
    for name, words in [
        ("cut.png", "damaged, cut off or too large"),
        ("text.png", "no picture of a known kind"),
        ("photo.heic", "pip install pillow-heif"),
        ("none.png", "no such file"),
    ]:
        with pytest.raises(SourceError, match=words):
            read_picture(tmp_path / name)
    with pytest.raises(SourceError, match=r"t cannot be read as a picture \(.*\); check that it shows"):
        Animation(str(tmp_path / "text.png"), "t")

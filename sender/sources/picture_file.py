"""Picture files as Pillow reads them: upright, over a background, in sRGB; animations with their own pace."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from narrowcast.errors import SourceError
from narrowcast.sender.sources.fit import Picture
from narrowcast.sender.sources.frame_picture import WHITE, Color, flattened
from narrowcast.sender.sources.video_reader import Viewing, open_video

IMAGE_SUFFIXES = (
    ".png", ".apng", ".jpg", ".jpeg", ".jfif", ".jp2", ".webp", ".gif", ".avif", ".heic", ".heif",
    ".bmp", ".tif", ".tiff", ".ppm", ".pgm",
)  # fmt: skip

_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
"Formats whose further pictures are an animation; those of a TIFF are pages, those of a JPEG other views."

_LEAST_MS, _USUAL_MS = 10, 100
"A picture that is to stay no longer than this stays for the usual time, as browsers have it."

_HEIC = (".heic", ".heif")


def read_picture(path: Path, background: Color = WHITE) -> Picture:
    """Read the (first) picture of a file as uint8 RGB [H, W, 3]; SourceError where that is not possible."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError((error.strerror or str(error)).lower()) from error
    try:
        with _opened(data) as image:
            if image.format == "AVIF" and (deep := _deep_picture(path, background)) is not None:
                return deep
            return _rgb(image, background)
    except UnidentifiedImageError as error:
        picture = _decoded_by_opencv(data)
        if picture is None:
            raise SourceError(_why_unknown(path)) from error
        return picture
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        raise SourceError(f"damaged, cut off or too large: {error}") from error


def is_animation(path: Path) -> bool:
    """Whether a file holds pictures that follow each other in time."""
    with suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError), Image.open(path) as image:
        return image.format in _ANIMATED and getattr(image, "n_frames", 1) > 1
    return False


class Animation:
    """An animated picture file, read picture by picture like a video (video_reader.py)."""

    def __init__(self, path: str, name: str, background: Color = WHITE) -> None:
        """Open it; SourceError, which calls it by `name`, where it cannot be read."""
        self._name = name
        self._background = background
        self.damaged = 0
        "pictures left out because they did not decode"
        self.time_us = 0
        "of the picture at hand, since the first one"
        self.until_us: int | None = 0
        "when the one behind it follows"
        try:
            self._image = Image.open(path)
        except (OSError, ValueError, SyntaxError) as error:
            raise SourceError(f"{name} cannot be read as a picture ({error}); check that it shows") from error
        self._count = getattr(self._image, "n_frames", 1)
        # An animated PNG may have a picture in front for programs that show only one.
        self._first = int(bool(getattr(self._image, "default_image", False)))
        self._next = self._first
        self._picture: Picture | None = None
        self.fps = 1000 / self._duration_of(self._first)
        "how fast its pictures follow each other at first"

    @property
    def end_us(self) -> int:
        """When it is over, or would begin again."""
        return self.until_us or 0

    def advance(self) -> bool:
        """Decode the next picture; False behind the last."""
        while self._next < self._count:
            index, self._next = self._next, self._next + 1
            self.time_us = self.end_us
            try:
                self._image.seek(index)
                # Pillow keeps the picture to draw the next one over it.
                self._picture = _rgb(self._image.copy(), self._background)
            except (OSError, ValueError, SyntaxError, EOFError):
                self.damaged += 1
                continue
            self.until_us = self.time_us + 1000 * self._duration()
            return True
        self._picture = None
        return False

    def picture(self) -> Picture:
        """Return the picture at hand: uint8 RGB [H, W, 3]."""
        if self._picture is None:
            raise SourceError("there is no picture before the first and behind the last")
        return self._picture

    def close(self) -> None:
        """Let go of the file."""
        self._image.close()

    def _duration_of(self, index: int) -> int:
        with suppress(OSError, ValueError, SyntaxError, EOFError):
            self._image.seek(index)
            self._image.load()  # only now the format says how long this picture stays
        return self._duration()

    def _duration(self) -> int:
        """How long the picture at hand stays, milliseconds."""
        told = self._image.info.get("duration") or 0
        return round(told) if told > _LEAST_MS else _USUAL_MS


def _opened(data: bytes) -> Image.Image:
    with suppress(ImportError):
        import pillow_heif  # an extra: the formats of iPhones need libraries that Pillow does not bring

        pillow_heif.register_heif_opener()
    with warnings.catch_warnings():
        # Pillow warns of what may be too large, and refuses what is twice as large; a photo is neither.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(data))


def _rgb(image: Image.Image, background: Color) -> Picture:
    """Convert what Pillow has opened."""
    image.load()
    upright = ImageOps.exif_transpose(image)
    usual = _in_srgb(_eight_bit(upright))
    if usual.has_transparency_data:
        return flattened(np.asarray(usual.convert("RGBA"), np.uint8), background)
    return np.array(usual.convert("RGB"), np.uint8)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Bring 16 bits, integers and floats of grey to 8 bits; Pillow would cut them off at 255."""
    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return image
    values = np.asarray(image, np.float64)
    top = float(np.nanmax(values, initial=0.0))
    if image.mode == "F":
        scale = 255.0 if top <= 1 else 255.0 / max(top, 255.0)
    else:
        scale = 255.0 / 65535.0 if top > 255 or image.mode != "I" else 1.0
    return Image.fromarray(np.clip(np.nan_to_num(values) * scale, 0, 255).round().astype(np.uint8))


def _in_srgb(image: Image.Image) -> Image.Image:
    """Carry out the colour profile that a file brings; a profile that is none is left alone."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L", "LAB"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return image if converted is None else converted


def _deep_picture(path: Path, background: Color) -> Picture | None:
    """Read an AVIF picture in HDR or a wide gamut as a video of one; None where it is an ordinary one."""
    try:
        reader = open_video(str(path), str(path), Viewing(background=background))
    except SourceError:
        return None
    try:
        return reader.picture() if reader.advance() and not reader.has_usual_colors else None
    finally:
        reader.close()


def _decoded_by_opencv(data: bytes) -> Picture | None:
    """Decode what Pillow does not know, such as TIFF with 16 bits a colour."""
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error:
        return None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _why_unknown(path: Path) -> str:
    if path.suffix.lower() in _HEIC:
        return "HEIC needs the package pillow-heif: pip install pillow-heif, or convert it to JPEG"
    return "it is no picture of a known kind"

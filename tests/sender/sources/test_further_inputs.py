"""Odd videos of FFmpeg's own making: the same pictures, and as many, as FFmpeg's program decodes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from narrowcast.errors import SourceError
from narrowcast.sender.sources.video_reader import Viewing, open_video

FRAMES = 20
FIELDS = "testsrc2=s=176x144:r=50"
PLAIN = "testsrc2=s=160x90:r=25"

X264 = "-c:v libx264 -preset ultrafast"
X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error"

INPUTS: dict[str, tuple[str, str, str]] = {
    "h264 by frames, upper field first": ("mp4", FIELDS, f"-vf interlace=scan=tff {X264} -x264-params tff=1"),
    "h264 by frames, lower field first": ("mkv", FIELDS, f"-vf interlace=scan=bff {X264} -x264-params bff=1"),
    "h265 by fields": ("mp4", FIELDS, f"-vf interlace=scan=tff {X265}:interlace=tff"),
    "mpeg2 by fields": ("ts", FIELDS, "-vf interlace=scan=tff -c:v mpeg2video -flags +ilme+ildct -b:v 1M"),
    "prores by fields": ("mov", FIELDS, "-vf interlace,setfield=tff -c:v prores_ks -flags +ilme+ildct"),
    "ffv1 by fields": ("mkv", FIELDS, "-vf interlace,setfield=tff -c:v ffv1"),
    "telecined film": (
        "mpg",
        "testsrc2=s=352x240:r=24000/1001",
        "-vf telecine=pattern=23,setfield=tff -c:v mpeg2video -flags +ilme+ildct -b:v 2M",
    ),
    "DV": ("dv", "testsrc2=s=720x576:r=50", "-vf interlace=scan=bff,format=yuv420p -c:v dvvideo"),
    "bare h264": ("h264", PLAIN, X264),
    "b-frames in mov": ("mov", PLAIN, f"{X264} -bf 3"),
    "fragments": ("mp4", PLAIN, f"{X264} -movflags +frag_keyframe+empty_moov"),
    "an edit list": ("mp4", PLAIN, f"{X264} -bf 2 -output_ts_offset 1"),
    "negative times": ("mkv", PLAIN, f"{X264} -avoid_negative_ts disabled -output_ts_offset -0.3"),
    "a clock that wraps": ("ts", PLAIN, f"{X264} -muxdelay 0 -output_ts_offset 95443.3"),
    "full range, bt709": (
        "mp4",
        PLAIN,
        f"-vf scale=out_range=full:out_color_matrix=bt709 {X264}",
    ),
    "h264 in rgb": ("mkv", PLAIN, "-c:v libx264rgb -preset ultrafast"),
    "h265 in planar rgb": ("mp4", PLAIN, f"-pix_fmt gbrp {X265}"),
    "twelve bits": ("mp4", PLAIN, f"-pix_fmt yuv422p12le {X265}"),
    "grey of ten bits": ("mp4", PLAIN, f"-pix_fmt gray10le {X265}"),
    "a palette": ("avi", PLAIN, "-pix_fmt pal8 -c:v msrle"),
    "huffyuv": ("avi", PLAIN, "-c:v huffyuv"),
    "vp9": ("webm", PLAIN, "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
    "flash": ("flv", PLAIN, X264),
    "theora": ("ogv", PLAIN, "-c:v libtheora"),
    "windows media": ("wmv", PLAIN, "-c:v wmv2"),
    "bare mjpeg": ("mjpeg", PLAIN, "-c:v mjpeg"),
    "y4m": ("y4m", PLAIN, "-pix_fmt yuv422p"),
    "an odd size": ("avi", "testsrc2=s=162x90:r=25", "-vf crop=161:89 -pix_fmt yuv444p -c:v ffv1"),
    "very tall": ("mkv", "testsrc2=s=16x2000:r=25", "-c:v ffv1"),
}
"How each is called, how its file's name ends, what it shows, how it is coded."


def ffmpeg(*arguments: str) -> bytes:
    """Run FFmpeg's program, as a test package brings it; returns its standard output."""
    package = pytest.importorskip("imageio_ffmpeg", reason="FFmpeg's program comes with imageio-ffmpeg")
    command = [package.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout


def as_ffmpeg_decodes(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """Every picture of a video, deinterlaced where it says that it is: uint8 RGB [N, H, W, 3]."""
    filters = f"bwdif=mode=send_frame:deint=interlaced,scale={width}:{height}"
    wanted = ["-map", "0:V:0", "-vf", filters, "-fps_mode", "passthrough", "-pix_fmt", "rgb24"]
    data = ffmpeg("-i", str(path), *wanted, "-f", "rawvideo", "-")
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


@pytest.mark.parametrize("name", INPUTS)
def test_odd_videos_are_as_ffmpeg_decodes_them(tmp_path: Path, name: str) -> None:
    suffix, picture, coding = INPUTS[name]
    path = tmp_path / f"v.{suffix}"
    ffmpeg("-f", "lavfi", "-i", picture, "-frames:v", str(FRAMES), *coding.split(), str(path))
    reader = open_video(str(path), name, Viewing())
    pictures, times_us = [], []
    while reader.advance():
        pictures.append(reader.picture())
        times_us.append(reader.time_us)
    reader.close()
    height, width = pictures[0].shape[:2]
    wanted = as_ffmpeg_decodes(path, width, height)
    assert len(pictures) == len(wanted) and reader.damaged == 0
    for shown, want in zip(pictures, wanted, strict=True):
        assert np.abs(shown.astype(int) - want).mean() < 3
    assert np.ptp(np.diff(times_us)) <= 2000, "evenly"
    assert reader.fps == pytest.approx(1e6 / np.diff(times_us).mean(), rel=0.01)


@pytest.mark.parametrize("kind", ["cut off before its index", "empty", "without a frame"])
def test_what_holds_no_picture_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "v.mp4"
    frames = "0" if kind == "without a frame" else str(FRAMES)
    ffmpeg("-f", "lavfi", "-i", PLAIN, "-frames:v", frames, *X264.split(), str(path))
    if kind != "without a frame":
        path.write_bytes(path.read_bytes()[: 0 if kind == "empty" else 5000])
    with pytest.raises(SourceError, match="cannot be read as video|not one picture"):
        open_video(str(path), "v.mp4", Viewing())


def test_a_file_cut_off_behind_its_index_plays_to_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    coding = [*X264.split(), "-movflags", "+faststart"]
    ffmpeg("-f", "lavfi", "-i", PLAIN, "-frames:v", "50", *coding, str(path))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    reader = open_video(str(path), "v.mp4", Viewing())
    count = sum(1 for _ in iter(reader.advance, False))
    reader.close()
    assert 5 <= count < 50


def test_of_two_programs_the_larger_picture_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "v.ts"
    both = [
        "-f",
        "lavfi",
        "-i",
        PLAIN,
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=320x180:r=25",
        "-map",
        "0",
        "-map",
        "1",
    ]
    programs = ["-program", "program_num=1:st=0", "-program", "program_num=2:st=1"]
    ffmpeg(*both, *programs, "-frames:v", "10", *X264.split(), str(path))
    reader = open_video(str(path), "v.ts", Viewing())
    assert reader.advance() and reader.picture().shape == (180, 320, 3)
    reader.close()

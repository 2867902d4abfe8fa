"""What must travel to a machine that only trains: coded scenes, pictures, frozen networks, in small pieces.

Such a machine has torch, NumPy, safetensors, tqdm and OpenCV, but no PyAV, and OpenCV's own FFmpeg decodes no
AV1. So a scene travels as one H.264 video, 4:4:4 and nearly lossless (OpenCV reads it wherever it runs): the
source's pictures, then what the base layer made of them. It takes 0.2 MB instead of 6.3.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from narrowcast.codec.hybrid.base_layer import NOMINAL_FPS
from narrowcast.codec.training.coded_scenes import (
    CODED,
    FRAMES,
    SIDE,
    CodedScene,
    CodedStore,
    SceneWriter,
    read_index,
)
from narrowcast.codec.training.data import DataError, prepare

CRF, PRESET = "9", "medium"
"""Of x264: base pictures come back at 49 dB on average, sources at 45."""

NETWORKS = ("efficientnet_lite0", "vgg16_features", "lpips_vgg_heads")
"""Frozen networks that the losses look through."""

NETWORKS_FOLDER, SCENES_FOLDER, DATA_FOLDER = "networks", "scenes", "data"
"""Of a pack, and of what it is unpacked to."""

TAR_BLOCK = 512
"""Bytes of a member's header, and what its content is filled up to."""


def pack(
    out: Path, *, coded: Path | None, data: Path | None, weights: Path | None, piece_bytes: int
) -> list[Path]:
    """Write what must travel into `out`, in tar files of at most so many bytes; return all of them.

    What an interrupted or earlier call has written is kept.

    Args:
        out: folder to write.
        coded: folder of coded scenes.
        data: folder of pictures, clips or tar shards, for the latent codec's stages.
        weights: folder of frozen networks.
        piece_bytes: a piece's limit.
    """
    out.mkdir(parents=True, exist_ok=True)
    if coded is not None:
        _pack_scenes(out, CodedStore(coded), piece_bytes)
    if weights is not None:
        files = [weights / f"{name}.safetensors" for name in NETWORKS]
        _pack_files(out / NETWORKS_FOLDER, files, weights, piece_bytes)
    if data is not None:
        files = sorted(path for path in data.rglob("*") if path.is_file())
        _pack_files(out / DATA_FOLDER, files, data, piece_bytes)
    return sorted(out.rglob("*.tar"))


def _pack_scenes(out: Path, store: CodedStore, piece_bytes: int) -> None:
    """Code each scene to a file of its own first: so hardly anything is lost when this is interrupted."""
    folder = out / SCENES_FOLDER
    folder.mkdir(exist_ok=True)
    packed = sum(len(_scenes_of(piece)) for piece in folder.glob("*.tar"))
    videos = []
    for scene in tqdm(store.scenes[packed:], desc="packing scenes", unit="scene", disable=None):
        video = folder / f"{scene.number:06d}.mp4"
        if not video.exists():
            unfinished = folder / "unfinished.mp4"
            write_video(unfinished, np.concatenate(store.scene(scene)))
            unfinished.replace(video)
        videos.append(video)
    by_name = {f"{scene.number:06d}.mp4": scene for scene in store.scenes}
    for group in _grouped(videos, piece_bytes):
        index = json.dumps([asdict(by_name[video.name]) for video in group]).encode()
        _write_piece(folder / f"{group[0].stem}.tar", group, folder, index)
        for video in group:
            video.unlink()


def _pack_files(folder: Path, files: Sequence[Path], root: Path, piece_bytes: int) -> None:
    folder.mkdir(exist_ok=True)
    for number, group in enumerate(_grouped(files, piece_bytes)):
        piece = folder / f"{number:06d}.tar"
        if not piece.exists():
            _write_piece(piece, group, root, None)


def _grouped(files: Iterable[Path], piece_bytes: int) -> list[list[Path]]:
    """Put files, in their order, into groups that fit into a piece; DataError where one does not."""
    groups: list[list[Path]] = []
    room = 0
    for path in files:
        try:
            size = path.stat().st_size + 2 * TAR_BLOCK
        except FileNotFoundError as error:
            raise DataError(f"{path} is missing; pass --weights the folder that has it") from error
        if size > piece_bytes - 2 * tarfile.RECORDSIZE:
            raise DataError(f"{path} is larger than a piece; allow larger ones with --piece-mb, or remove it")
        if size > room:
            groups.append([])
            room = piece_bytes - 2 * tarfile.RECORDSIZE
        groups[-1].append(path)
        room -= size + (2 * TAR_BLOCK if path.suffix == ".mp4" else 0)  # its entry in the index
    return groups


def _write_piece(piece: Path, files: Sequence[Path], root: Path, index: bytes | None) -> None:
    """Write a tar file, whole or not at all."""
    unfinished = piece.with_suffix(".tmp")
    with tarfile.open(unfinished, "w") as tar:
        if index is not None:
            entry = tarfile.TarInfo("index.json")
            entry.size = len(index)
            tar.addfile(entry, io.BytesIO(index))
        for path in files:
            tar.add(path, path.relative_to(root).as_posix())
    unfinished.replace(piece)


def _scenes_of(piece: Path) -> list[CodedScene]:
    """Return the scenes of a piece; DataError where it is damaged."""
    try:
        with tarfile.open(piece) as tar:
            index = tar.extractfile("index.json")
            assert index is not None
            return [CodedScene(**entry) for entry in json.loads(index.read())]
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(f"{piece} is of another version ({error}); pack it again") from error


def unpack(folder: Path, cache: Path, *, workers: int = 1) -> None:
    """Unpack a pack, or as much of it as has arrived, into a cache that the stages train from.

    What has been unpacked before is kept. Needs no PyAV.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}; pass --pack what `narrowcast train pack` has written")
    cache.mkdir(parents=True, exist_ok=True)
    networks = cache / NETWORKS_FOLDER
    try:
        for piece in () if networks.exists() else sorted((folder / NETWORKS_FOLDER).glob("*.tar")):
            with tarfile.open(piece) as tar:
                tar.extractall(networks, filter="data")
        if any((folder / DATA_FOLDER).glob("*.tar")):
            prepare(folder / DATA_FOLDER, cache)
        for piece in sorted((folder / SCENES_FOLDER).glob("*.tar")):
            _unpack_scenes(piece, cache / CODED, workers)
    except tarfile.TarError as error:
        raise DataError(f"a piece of {folder} is damaged ({error}); copy it again") from error


def _unpack_scenes(piece: Path, coded: Path, workers: int) -> None:
    """Decode the scenes of a piece that are not there yet, several at a time, and append them."""
    coded.mkdir(exist_ok=True)
    done = read_index(coded)
    known = {_identity(scene) for scene in done}
    scenes = [scene for scene in _scenes_of(piece) if _identity(scene) not in known]
    if not scenes:
        return
    with (
        tempfile.TemporaryDirectory() as place,
        tarfile.open(piece) as tar,
        SceneWriter(coded, done) as writer,
        ThreadPoolExecutor(workers) as pool,
    ):
        tar.extractall(place, filter="data")
        videos = [Path(place) / f"{scene.number:06d}.mp4" for scene in scenes]
        for scene, pictures in zip(scenes, pool.map(read_video, videos), strict=True):
            if pictures.shape != (2 * FRAMES, SIDE, SIDE, 3):
                raise DataError(f"{piece} is damaged: a scene has {len(pictures)} pictures; copy it again")
            writer.add(replace(scene, number=len(done)), pictures[:FRAMES], pictures[FRAMES:])


def _identity(scene: CodedScene) -> str:
    """Return what tells a scene from all others, wherever it is kept."""
    return json.dumps(asdict(replace(scene, number=0)))


def write_video(path: Path, pictures: NDArray[np.uint8]) -> None:
    """Code pictures [T, H, W, 3] nearly without loss."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=NOMINAL_FPS)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt, stream.thread_count = "yuv444p", 1
        stream.options = {"crf": CRF, "preset": PRESET}
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def read_video(path: Path) -> NDArray[np.uint8]:
    """Decode all pictures of a video to uint8 [T, H, W, 3]; none of one that does not decode."""
    capture = cv2.VideoCapture(str(path))
    pictures: list[NDArray[np.uint8]] = []
    while True:
        found, bgr = capture.read()
        if not found:
            break
        pictures.append(np.asarray(bgr[:, :, ::-1], dtype=np.uint8))
    capture.release()
    return np.stack(pictures) if pictures else np.empty((0, 0, 0, 3), np.uint8)

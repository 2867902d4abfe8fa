"""A file as an answer, whole or the range that a player asks for; also one that grows while it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response, StreamingResponse

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class FileRange:
    """A stretch of a file."""

    first: int
    "byte"
    end: int
    "byte behind the last one"


def parse_range(text: str | None, size: int) -> FileRange | None:
    """What the header Range asks for of so many bytes; None for the whole file.

    What is no single range of bytes is ignored, as HTTP allows. One that lies behind the file is empty.
    """
    match = _RANGE.fullmatch((text or "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        return FileRange(first=max(0, size - int(match[2])), end=size)
    first = int(match[1])
    end = min(size, int(match[2]) + 1) if match[2] else size
    return None if match[2] and int(match[2]) < first else FileRange(first=first, end=max(first, end))


def file_answer(
    path: Path,
    *,
    asked: str | None,
    media_type: str,
    headers: Mapping[str, str],
    download: bool,
) -> Response:
    """Answer with a file, as long as it is at this moment.

    Args:
        path: of the file; OSError where it is gone.
        asked: the request's header Range.
        media_type: of the file.
        headers: to be sent with it.
        download: to be saved, not shown.
    """
    size = path.stat().st_size
    part = parse_range(asked, size)
    if part is not None and part.first >= size:
        return PlainTextResponse("", 416, {**headers, "Content-Range": f"bytes */{size}"})
    sent = part or FileRange(first=0, end=size)
    own = {
        **headers,
        "Accept-Ranges": "bytes",
        "Content-Length": str(sent.end - sent.first),
        "Content-Disposition": f"{'attachment' if download else 'inline'}; {_name(path.name)}",
    }
    if part is not None:
        own["Content-Range"] = f"bytes {sent.first}-{sent.end - 1}/{size}"
    status = 200 if part is None else 206
    return StreamingResponse(_chunks(path, sent), status, own, media_type)


def _chunks(path: Path, part: FileRange) -> Iterator[bytes]:
    """The bytes of a stretch; fewer where the file has become shorter."""
    left = part.end - part.first
    with path.open("rb") as file:
        file.seek(part.first)
        while left > 0 and (chunk := file.read(min(left, _CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk


def _name(name: str) -> str:
    quoted = quote(name)
    return f'filename="{name}"' if quoted == name else f"filename*=utf-8''{quoted}"

"""The files of the page: named by their content, so that a browser fetches each over its link once."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

PAGE_FOLDER = Path(__file__).parent / "page"
VENDOR_FOLDER = Path(__file__).parent / "vendor"
"Filled by `python -m tools.vendor`: the runtime of the generator, which is not part of the repository."

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
    ".txt": "text/plain",
}
_PACKED = ".gz"
_SMALL_BYTES = 64 * 1024
"What is larger lies packed on the disk, or would not shrink."


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    media_type: str
    encoding: str
    "gzip, or empty"


class AssetFolder:
    """The files of a folder and of the folders in it; each is read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        """Look which files there are; a folder that is missing has none."""
        self._paths = {
            path.relative_to(folder).as_posix().removesuffix(_PACKED): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and Path(path.name.removesuffix(_PACKED)).suffix in _TYPES
        }
        self.version = self._digest()
        "changes with the content of any file"

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def total_bytes(self, *names: str) -> int:
        """What files take on the wire."""
        return sum(self._paths[name].stat().st_size for name in names)

    def find(self, name: str) -> Asset | None:
        """Read a file by its name, without the .gz that it may end with; None where there is none."""
        path = self._paths.get(name)
        if path is None:
            return None
        content, encoding = path.read_bytes(), ""
        if path.suffix == _PACKED:
            encoding = "gzip"
        elif len(content) <= _SMALL_BYTES:
            content, encoding = gzip.compress(content, mtime=0), "gzip"
        return Asset(content=content, media_type=_TYPES[Path(name).suffix], encoding=encoding)

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, path in self._paths.items():
            digest.update(f"{name} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

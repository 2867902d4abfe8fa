"""The files of the page: named by their content, so that a browser fetches each over its link once."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import re
import threading
from dataclasses import dataclass
from pathlib import Path

PAGE_FOLDER = Path(__file__).parent / "page"
VENDOR_FOLDER = Path(__file__).parent / "vendor"
"Filled by vendoring.py: the runtime of the generator, which is not part of the repository."

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
}
_PACKED = ".xz"
"How large files lie on the disk. Browsers read gzip only."

_COMMENT = re.compile(rb"/\*\*.*?\*/\s*|^\s*//[^\n]*\n|^\s+", re.DOTALL | re.MULTILINE)
"Types, lines of comment and indentation in our scripts: not worth seconds of a thin link."

_GZIP_OVER_XZ = 1.65
"What a file of the runtime takes over the link, packed with gzip, for each byte on the disk."


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    "packed with gzip"
    media_type: str
    "as HTTP names it"


class AssetFolder:
    """The files of a folder and of the folders in it; each is read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        """Look which files there are; a folder that is missing has none."""
        self._paths = {
            path.relative_to(folder).as_posix().removesuffix(_PACKED): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and Path(path.name.removesuffix(_PACKED)).suffix in _TYPES
        }
        self.version = self._digest()
        "changes with the content of any file"
        self._lock = threading.Lock()
        self._read: dict[str, Asset] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    def wire_bytes(self, *names: str) -> int:
        """About what files take over a link."""
        sizes = (
            (path.stat().st_size, path.suffix == _PACKED) for path in map(self._paths.__getitem__, names)
        )
        return sum(round(size * _GZIP_OVER_XZ) if packed else size for size, packed in sizes)

    def find(self, name: str) -> Asset | None:
        """Read a file by its name, without the .xz that it may end with; None where there is none.

        Of a large file the first call takes a second; any thread may call.
        """
        path = self._paths.get(name)
        if path is None:
            return None
        with self._lock:
            if name not in self._read:
                content = path.read_bytes()
                if path.suffix == _PACKED:
                    content = lzma.decompress(content)
                elif path.suffix == ".js":
                    content = _COMMENT.sub(b"", content)
                packed = gzip.compress(content, mtime=0)
                self._read[name] = Asset(content=packed, media_type=_TYPES[Path(name).suffix])
            return self._read[name]

    def _wire_bytes(self, path: Path) -> int:
        size = path.stat().st_size
        return round(size * _GZIP_OVER_XZ) if path.suffix == _PACKED else size

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, path in self._paths.items():
            digest.update(f"{name} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

"""Where segments are put: a folder, or whatever fsspec has a name for (s3://, gs://, sftp://, memory://)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from narrowcast.errors import FabricError
from narrowcast.text import hide_passwords, printable

PART = ".part"
"Behind the name of a segment that is not whole yet."


class ArchiveError(FabricError):
    """Segments cannot be put there; the text says why."""


class SegmentTarget(Protocol):
    """Where segments are put."""

    @property
    def label(self) -> str:
        """What it is, for people."""
        ...

    def names(self, camera: str) -> set[str]:
        """The segments of a camera that are there; ArchiveError."""
        ...

    def put(self, segment: Path, camera: str, name: str) -> None:
        """Put a segment there, whole or not at all; ArchiveError."""
        ...


class FolderTarget:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.label = str(folder)
        "as given"
        self._folder = folder

    def names(self, camera: str) -> set[str]:
        """The segments of a camera that are there."""
        try:
            folder = self._folder / camera
            return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        except OSError as error:
            raise _explained(self.label, error) from error

    def put(self, segment: Path, camera: str, name: str) -> None:
        """Copy a segment beside its place, then give it its name."""
        path = self._folder / camera / name
        part = path.with_name(name + PART)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(segment, part)
            os.replace(part, path)
        except OSError as error:
            raise _explained(self.label, error) from error


class UrlTarget:
    """An object store, or another machine, by fsspec. An object is there when all of it is."""

    def __init__(self, url: str) -> None:
        """Make ready; ArchiveError where packages for it are missing."""
        self.label = hide_passwords(url)
        try:
            import fsspec
        except ImportError as error:
            raise ArchiveError(
                f'{self.label} needs more packages: pip install "narrowcast[archive]" (s3fs for s3://)'
            ) from error
        try:
            self._files, path = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise _explained(self.label, error) from error
        self._root = PurePosixPath(path)
        self._files.use_listings_cache = False

    def names(self, camera: str) -> set[str]:
        """The segments of a camera that are there."""
        try:
            self._files.invalidate_cache()
            found: list[Any] = self._files.ls(str(self._root / camera), detail=False)
        except FileNotFoundError:
            return set()
        except Exception as error:  # whatever the store's own library raises
            raise _explained(self.label, error) from error
        return {PurePosixPath(str(path)).name for path in found}

    def put(self, segment: Path, camera: str, name: str) -> None:
        """Upload a segment."""
        path = str(self._root / camera / name)
        try:
            self._files.makedirs(str(self._root / camera), exist_ok=True)
            self._files.put_file(str(segment), path)
        except Exception as error:  # as above
            raise _explained(self.label, error) from error


def open_target(text: str) -> SegmentTarget:
    """A folder, or a URL; ArchiveError."""
    return UrlTarget(text) if "://" in text else FolderTarget(Path(text))


def _explained(label: str, error: BaseException) -> ArchiveError:
    said = printable(str(getattr(error, "strerror", None) or error) or type(error).__name__, 200)
    return ArchiveError(f"cannot write to {label}: {said}")

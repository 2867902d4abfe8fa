"""How this program is called here, so that every line that it prints can be pasted as it stands."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from functools import cache
from pathlib import Path

NAME = "narrowcast"


@cache
def program() -> str:
    """Return the first words of a command that runs this installation, as a shell in this folder takes them.

    The plain name where the shell would find this very installation, else the path of its script (relative
    below the working folder: another machine that was set up alike has it there too), else its Python.
    """
    scripts = Path(sys.executable).parent
    found = shutil.which(NAME)
    if found is not None and Path(found).resolve().parent == scripts.resolve():
        return NAME
    script = shutil.which(NAME, path=str(scripts))
    return shlex.quote(_from_here(Path(script))) if script else f"{shlex.quote(sys.executable)} -m {NAME}"


def _from_here(path: Path) -> str:
    """A path as the working folder sees it, if it lies below."""
    try:
        return os.fspath(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere; or the working folder is gone
        return os.fspath(path)

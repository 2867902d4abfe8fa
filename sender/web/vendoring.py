"""Fetches the runtime of the generator for browsers from npm: `python -m narrowcast.sender.web.vendoring`.

One pinned release, checked against its hash; it lies in vendor/ beside this file, which is not part of the
repository, and goes into the packages that are built from there.
"""

from __future__ import annotations

import base64
import hashlib
import lzma
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from narrowcast.errors import ConfigError, NarrowcastError
from narrowcast.runtime.terminal import print_error
from narrowcast.sender.web.assets import VENDOR_FOLDER
from narrowcast.sender.web.generator_files import GPU_RUNTIME_FILES, RUNTIME_FILES

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"

INTEGRITY = "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
"Of the package's archive, as npm states it."

LICENSE_FILE = "LICENSE.txt"
_LICENSE = f"""\
{PACKAGE} {VERSION}, from npm (https://www.npmjs.com/package/{PACKAGE})
Archive: {INTEGRITY}
Files: unchanged; those that end with .xz are packed.

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO
EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE
USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


class VendoringError(ConfigError):
    """The runtime cannot be fetched; the text says what is wrong and how to fix it."""


def vendor(folder: Path = VENDOR_FOLDER) -> list[Path]:
    """Fetch, check and unpack the runtime; returns its files."""
    with tempfile.TemporaryDirectory() as scratch:
        archive = _fetched(Path(scratch))
        check(archive, INTEGRITY)
        return unpack(archive, folder)


def check(archive: Path, integrity: str) -> None:
    """Compare an archive with npm's integrity string; VendoringError where it is another one."""
    algorithm, _, expected = integrity.partition("-")
    found = base64.b64encode(hashlib.new(algorithm, archive.read_bytes()).digest()).decode()
    if found != expected:
        raise VendoringError(
            f"{archive.name} is not the archive that was checked for this version: its {algorithm} is "
            f"{found[:12]}..., not {expected[:12]}...; nothing was installed"
        )


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Write the files that the page uses, in place of those that were there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    with tarfile.open(archive) as package:
        for name in (*RUNTIME_FILES, *GPU_RUNTIME_FILES):
            try:
                member = package.extractfile(f"package/dist/{name}")
            except KeyError:
                member = None
            if member is None:
                raise VendoringError(f"{archive.name} has no {name}")
            content = member.read()
            path = folder / name
            if path.suffix == ".wasm":
                path = path.with_name(f"{name}.xz")
                content = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
            path.write_bytes(content)
            written.append(path)
    (folder / LICENSE_FILE).write_text(_LICENSE, encoding="utf-8")
    return written


def _fetched(folder: Path) -> Path:
    """Have npm download the archive."""
    npm = shutil.which("npm")
    if npm is None:
        raise VendoringError(
            "needs npm (Debian: apt-get install npm): the generator's runtime comes from there"
        )
    command = [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    archives = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise VendoringError(
            f"npm cannot fetch {PACKAGE} {VERSION}: {reason}; check the network, and try again"
        )
    return archives[0]


def main() -> int:
    """Fetch the runtime and say what came; returns the exit status."""
    try:
        written = vendor()
    except NarrowcastError as error:
        return print_error(error.on_command_line())
    total_mb = sum(path.stat().st_size for path in written) / 1e6
    print(f"{PACKAGE} {VERSION}: {len(written)} files, {total_mb:.1f} MB, in {VENDOR_FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

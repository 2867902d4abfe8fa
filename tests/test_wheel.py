"""What `pip install` brings: one name, all its files, whatever modules of the same names a user has."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOT_SOURCES = (".*", "build", "*.egg-info", "__pycache__", "tests", "docs")

pytest.importorskip("setuptools")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel of this checkout was unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    shutil.copytree(ROOT, sources, symlinks=True, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    make = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*make, "--no-build-isolation", "--wheel-dir", folder, sources], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(folder / "site")
    return folder / "site"


def test_one_name_is_installed(installed: Path) -> None:
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {"narrowcast"}


def test_every_file_of_the_product_is_in_it(installed: Path) -> None:
    packages = [path.name for path in (ROOT / "narrowcast").iterdir() if path.is_symlink()]
    tracked = subprocess.run(["git", "ls-files", *packages], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    missing = [name for name in tracked.stdout.split() if not (installed / "narrowcast" / name).exists()]
    assert tracked.stdout and missing == []


def test_modules_of_the_same_names_beside_a_script_do_no_harm(installed: Path, tmp_path: Path) -> None:
    for name in ("codec", "protocol", "sender", "receiver", "runtime", "benchmark", "doctor", "lab"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a module of the user')\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(1, {str(installed)!r})\n"
        "import numpy as np\n"
        "import narrowcast\n"
        f"assert narrowcast.__file__.startswith({str(installed)!r})\n"
        "from narrowcast import codec\n"
        "encoder = codec.create_encoder('hybrid', width=64, height=64)\n"
        "decoder = codec.create_decoder('hybrid', width=64, height=64)\n"
        "rgb = np.full((64, 64, 3), 128, np.uint8)\n"
        "payload = encoder.encode(rgb, quality=0.5, keyframe=True).payload\n"
        "assert abs(decoder.decode(payload).astype(int) - 128).mean() < 10\n"
        "with narrowcast.Sender('tcp://127.0.0.1:0', size=(64, 64), codec='jpeg') as out:\n"
        "    out.send(rgb)\n"
        "    print('sent to', out.url)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("sent to tcp://"), done.stderr

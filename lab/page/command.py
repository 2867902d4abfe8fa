"""`narrowcast lab all`: runs what is missing, and writes index.html."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from narrowcast.benchmark.progress import Listener
from narrowcast.errors import LabError, NarrowcastError, OutputError
from narrowcast.lab.chapter import Chapter, load_chapter, make_folder
from narrowcast.lab.entropy.command import EntropySettings
from narrowcast.lab.entropy.command import run as run_entropy
from narrowcast.lab.hybrids.command import HybridsSettings
from narrowcast.lab.hybrids.command import run as run_hybrids
from narrowcast.lab.mnist.command import run as run_mnist
from narrowcast.lab.mnist.settings import MnistSettings
from narrowcast.lab.page.html import html_page
from narrowcast.lab.page.story import CHAPTERS, whole_story
from narrowcast.lab.settings import LabSettings
from narrowcast.lab.transforms.command import TransformsSettings
from narrowcast.lab.transforms.command import run as run_transforms
from narrowcast.runtime.settings import Setting

SMALL_STEPS = 300
"Of each stage on MNIST: enough to see each thing happen, not enough to win."
SMALL_DIGITS = 1000
SMALL_FRAMES = 8

WITHOUT_MNIST = (
    "This chapter needs MNIST's four files; name their folder: narrowcast lab all --data DIR --resume."
)


@dataclass(frozen=True, kw_only=True)
class AllSettings(LabSettings):
    """Where everything goes."""

    data: Annotated[Path | None, Setting(metavar="DIR")] = None
    "folder of MNIST's four idx files; without it the chapter on MNIST is left out"
    resume: bool = False
    "keep chapters that are in the folder, such as one by lab mnist --out DIR/mnist, and make the others"


SETTINGS = AllSettings


def run(settings: AllSettings) -> None:
    """Make the chapters and the page; one that cannot be made says why on the page, and is a failure."""
    make_folder(settings.out)
    parts: dict[str, Chapter | str] = {}
    failed: list[NarrowcastError] = []
    for name in CHAPTERS:
        kept = load_chapter(settings.out / name) if settings.resume else None
        if kept is not None:
            parts[name] = kept
            continue
        try:
            parts[name] = _make(name, settings)
        except NarrowcastError as error:
            parts[name] = f"This chapter could not be made: {error.on_command_line()}."
            failed.append(error)
    path = _write(settings.out, parts)
    with Listener() as listener:
        listener.notice(f"wrote {path}")
        if settings.data is None and isinstance(parts["mnist"], str):
            listener.notice(WITHOUT_MNIST)
    if failed:
        raise LabError(
            f"{len(failed)} of {len(CHAPTERS)} chapters are missing: {failed[0].on_command_line()}"
        )


def _make(name: str, settings: AllSettings) -> Chapter | str:
    """Run one experiment, small; return its chapter, or why there is none."""
    out, threads = settings.out / name, settings.threads
    if name == "mnist":
        if settings.data is None:
            return WITHOUT_MNIST
        small = MnistSettings(
            data=settings.data,
            out=out,
            threads=threads,
            classifier_steps=SMALL_STEPS,
            gan_steps=SMALL_STEPS,
            codec_steps=SMALL_STEPS,
            digits=SMALL_DIGITS,
            resume=settings.resume,
        )
        return run_mnist(small)
    others: dict[str, Callable[[], Chapter]] = {
        "transforms": lambda: run_transforms(TransformsSettings(out=out, threads=threads)),
        "entropy": lambda: run_entropy(EntropySettings(out=out, threads=threads, frames=SMALL_FRAMES)),
        "hybrids": lambda: run_hybrids(HybridsSettings(out=out, threads=threads, frames=SMALL_FRAMES)),
    }
    return others[name]()


def _write(folder: Path, parts: dict[str, Chapter | str]) -> Path:
    """Write the page, and its text as Markdown beside it."""
    markdown = whole_story(folder, parts)
    try:
        (folder / "index.md").write_text(markdown, encoding="utf-8")
        (folder / "index.html").write_text(html_page(markdown, "The lab"), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error.strerror}; name another --out") from error
    return folder / "index.html"

"""The command lines that the documents show, read from their blocks and their inline code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
PROGRAMS = ("narrowcast", "make", "python")

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class DocumentedCommand:
    """One command line."""

    document: str
    "name of the file"
    words: tuple[str, ...]
    "the program without its folder, then its arguments; what stands for more of the same (...) left out"
    whole: bool
    "it stands in a block to be pasted; one in a sentence may leave out what has to be given"

    @property
    def text(self) -> str:
        """As it could be typed."""
        return shlex.join(self.words)


def documented_commands() -> list[DocumentedCommand]:
    """Every command line of one of PROGRAMS in the documents."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for line, whole in _lines(text):
            for part in re.split(r" \| ", line):
                words = _words(part)
                if words and words[0] in PROGRAMS:
                    found.append(DocumentedCommand(document.name, words, whole))
    return found


def documented_flags() -> dict[str, str]:
    """Every flag that stands alone in a sentence, as `--loop` does, and the document that names it."""
    flags: dict[str, str] = {}
    for document in DOCUMENTS:
        text = _BLOCK.sub("", document.read_text(encoding="utf-8"))
        for code in _INLINE.findall(text):
            if code.startswith("--"):
                flags[code.split()[0]] = document.name
    return flags


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line of a block for the shell, and each inline code."""
    for language, block in _BLOCK.findall(text):
        if language in ("", "sh"):
            yield from ((line, True) for line in block.replace("\\\n", " ").splitlines())
    yield from ((" ".join(code.split()), False) for code in _INLINE.findall(_BLOCK.sub("", text)))


def _words(line: str) -> tuple[str, ...]:
    """Split as the shell does, without comments; of choices such as auto|never the first is taken."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # no command: an apostrophe in a line of text
        return ()
    redirected = next((at for at, word in enumerate(words) if word in ("<", ">", ">>", "&")), len(words))
    words = [word.partition("|")[0] for word in words[:redirected] if word != "..."]
    return (Path(words[0]).name, *words[1:]) if words else ()

"""Writes the manual page of what the command lines say: `make man`, or `python -m tools.manual_page FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from argparse_manpage.manpage import Manpage

from narrowcast.completion import whole_parser


def manual_page() -> str:
    """Return the page as troff."""
    page = Manpage(whole_parser())
    page.manual = "Narrowcast"
    page.description = "stream a live camera over links too thin for video"
    return str(page)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(manual_page(), encoding="utf-8")

"""The result of one check."""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrowcast.errors import NarrowcastError
from narrowcast.runtime.reporting import MAX_LINE_CHARACTERS
from narrowcast.text import printable


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report."""

    name: str
    "what was checked"
    text: str
    "what was found, on one line"
    fix: str = ""
    "what to do about it; empty where all is well"

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.fix


def finding_line(finding: Finding) -> str:
    """The finding as people read it: one line without passwords."""
    if finding.ok:
        line = f"{finding.name:<8} ok       {finding.text}"
    else:
        line = f"{finding.name:<8} PROBLEM  {finding.text}; fix: {finding.fix}"
    return printable(line, MAX_LINE_CHARACTERS)


def problem(name: str, error: NarrowcastError) -> Finding:
    """The finding for an error, whose text has what is wrong, a colon or semicolon, and how to fix it."""
    text, *rest = re.split(r"[:;] ", error.on_command_line(), maxsplit=1)
    return Finding(name=name, text=text, fix=rest[0] if rest else "see narrowcast doctor --help")

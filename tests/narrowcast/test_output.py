"""Standard output that is closed, full or gone; the programs with it in test_closed_output.py."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys

import pytest

from narrowcast.output import SteadyOutput, finish_output, steady_output


class FullDisk(io.StringIO):
    """A file on a disk without room, until there is some."""

    def __init__(self) -> None:
        super().__init__()
        self.full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_what_a_full_disk_does_not_take_is_lost_and_the_rest_is_not() -> None:
    disk = FullDisk()
    output = SteadyOutput(disk)
    assert output.write("lost\n") == 5
    disk.full = False
    print("kept", file=output, flush=True)
    assert disk.getvalue() == "kept\n"


def test_a_reader_that_has_left_is_written_to_no_more() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as pipe:
        output = SteadyOutput(pipe)
        for _ in range(3):
            print("gone", file=output, flush=True)
        assert output.encoding == "utf-8" and not output.isatty() and output.writable()
        pipe.write("to nothing")  # no complaint at the end either


def test_a_closed_stream_is_no_fault() -> None:
    stream = io.StringIO()
    output = SteadyOutput(stream)
    stream.close()
    print("closed", file=output, flush=True)


def test_standard_output_is_steady_while_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk()
    monkeypatch.setattr(sys, "stdout", disk)
    with steady_output():
        print("lost")
    assert sys.stdout is disk
    disk.full = False
    assert finish_output()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_file_never_takes_the_place_of_a_closed_stream(closed: str) -> None:
    code = (
        "from narrowcast.output import open_standard_streams; open_standard_streams(); import sys, os; "
        "print('x', flush=True); print('y', file=sys.stderr, flush=True); "
        "sys.exit(open(os.devnull).fileno() < 3)"
    )
    command = ["sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, code]
    assert subprocess.run(command, capture_output=True).returncode == 0

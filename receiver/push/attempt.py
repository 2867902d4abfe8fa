"""One connection to a media server, from the first picture to the first error: a process, and its feeder."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading

from narrowcast.receiver.push.process import PushedPicture, pack_picture, pack_target
from narrowcast.receiver.push.target import PushTarget
from narrowcast.receiver.window.overlay import Picture
from narrowcast.runtime.clock import now_us
from narrowcast.worker import Worker

REPEAT_S = 1.0
"The last picture is sent again where none follows for so long: servers give silent streams up."


class NewestPicture:
    """Holds the picture to be pushed next; a newer one replaces it."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._picture: Picture | None = None
        self._number = 0

    def put(self, rgb: Picture) -> None:
        """Replace the picture, uint8 RGB [H, W, 3], which must not be changed afterwards."""
        with self._change:
            self._picture = rgb
            self._number += 1
            self._change.notify_all()

    def take(self, after: int, timeout_s: float) -> tuple[int, Picture | None]:
        """Wait for a picture with a higher number than `after`; the last one again after the time."""
        with self._change:
            self._change.wait_for(lambda: self._number > after, timeout_s)
            return self._number, self._picture


class PushAttempt:
    """Starts the process once there is a picture, and feeds it every picture that it has time for."""

    def __init__(self, target: PushTarget, pictures: NewestPicture) -> None:
        """Start the feeder's thread."""
        self.progress_us = now_us()
        "our clock, when the process last took a picture"
        self.pushing = False
        "the server takes the stream"
        self._target = target
        self._pictures = pictures
        self._error = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._worker = Worker("push", self._run)
        self._worker.start()

    @property
    def error(self) -> str | None:
        """Why it has ended, in a few words; None while it goes on."""
        if self._worker.alive:
            return None
        return self._error or "it has ended"

    def kill(self) -> None:
        """End a process that does not answer."""
        self._worker.ask_to_close()
        if self._process is not None:
            self._process.kill()

    def close(self, timeout_s: float) -> None:
        """End the stream at the server; a process that has not ended in this time is killed."""
        self._worker.ask_to_close()
        if not self._worker.join(timeout_s):
            self.kill()
            self._worker.join(timeout_s)

    def _run(self) -> None:
        number, picture = 0, None
        while picture is None:
            self.progress_us = now_us()
            if self._worker.closing:
                return
            number, picture = self._pictures.take(number, REPEAT_S / 4)
        self._process = process = _start()
        listener = Worker("push messages", lambda: self._listen(process))
        listener.start()
        with contextlib.suppress(BrokenPipeError):
            self._feed(process, number, picture)
        with contextlib.suppress(BrokenPipeError):
            assert process.stdin is not None
            process.stdin.close()
        process.wait()
        listener.join(REPEAT_S)

    def _feed(self, process: subprocess.Popen[bytes], number: int, picture: Picture | None) -> None:
        assert process.stdin is not None
        process.stdin.write(pack_target(self._target))
        started_us = now_us()
        while not self._worker.closing and picture is not None:
            process.stdin.write(pack_picture(PushedPicture(rgb=picture, at_us=now_us() - started_us)))
            process.stdin.flush()
            self.progress_us = now_us()
            number, picture = self._pictures.take(number, REPEAT_S)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Take what the process says."""
        assert process.stdout is not None
        for line in process.stdout:
            with contextlib.suppress(ValueError, KeyError):
                said = json.loads(line)
                if said["event"] == "pushing":
                    self.pushing = True
                else:
                    self._error = str(said["text"]).lower()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "narrowcast.receiver.push.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,  # Ctrl-C is for the receiver, which ends the stream properly
    )

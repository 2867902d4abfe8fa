"""A decoder process as its program sees it: started ahead, asked, killed where it does not answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from contextlib import suppress
from dataclasses import replace

from narrowcast.codec.api import Rgb
from narrowcast.codec.decoder_process.messages import (
    MAX_INLINE_BYTES,
    NO_PICTURE,
    DecodeRequest,
    DecoderSpec,
    ProcessSetup,
    receive_answer,
    send_request,
    send_setup,
)
from narrowcast.codec.decoder_process.shared_memory import SharedMemory, SharedPictures
from narrowcast.codec.errors import BackendError, BitstreamError
from narrowcast.text import printable

START_S = 30.0
"A process may take so long to begin: it loads two libraries, perhaps on a machine that others keep busy."
DEADLINE_S = 4.0
"A decoding that takes longer is none: 3840x2160 takes a tenth of a second."
MAX_STARTS, STARTS_WINDOW_S = 6, 60.0
"A start costs half a second of CPU time: what ends its process more often is not decoded for a while."

NEVER_HELPS = "decode in this process instead (decoder_process: never)"

_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from narrowcast.codec.decoder_process.worker import main; main()"
)
_ENVIRONMENT = (
    *(
        "PATH",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "SYSTEMROOT",
        "TMPDIR",
        "TEMP",
        "TMP",
        "LANG",
        "LC_ALL",
    ),
    *("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
)
"What it is told of the environment: nothing secret."
_THRIFTY = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}
"""No threads and no memory are set aside for nothing; and glibc keeps a picture's memory for the next one: to
give it back and fault it in again took 3 ms of a JPEG of 1280x720."""


def thrifty_environment() -> dict[str, str]:
    """The environment of a process that decodes."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | _THRIFTY


class _StartedProcess:
    """One run of the program, with its socket and its memory; `kill` ends it, as does losing this object."""

    def __init__(self) -> None:
        """Start it and go on at once; OSError where the system starts none."""
        self._memory = SharedMemory()
        self.connection, theirs = socket.socketpair()
        descriptors = (self._memory.descriptor, theirs.fileno())
        windows = sys.platform == "win32"
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM.format(path=sys.path), str(descriptors[0]), self._memory.name]
                + ([] if windows else [str(descriptors[1])]),
                stdin=subprocess.PIPE if windows else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=thrifty_environment(),
                pass_fds=() if windows else descriptors,
                start_new_session=True,  # Ctrl-C is for the program, which ends this one
            )
            if sys.platform == "win32" and self._process.stdin is not None:
                with self._process.stdin as pipe:
                    pipe.write(theirs.share(self._process.pid))
        except BaseException:
            self.connection.close()
            self._memory.close()
            raise
        finally:
            theirs.close()
        self.kill = weakref.finalize(self, _end, self._process, self.connection, self._memory)
        self.ready = False
        "whether it has said that it began"

    def open_pictures(self, width: int, height: int) -> SharedPictures:
        """Tell it the size of its pictures, once; it begins with that."""
        byte_count = SharedPictures.byte_count(width, height)
        pictures = SharedPictures(self._memory.open(byte_count), width, height)
        self.connection.settimeout(START_S)
        send_setup(self.connection, ProcessSetup(width=width, height=height, memory_bytes=byte_count))
        return pictures

    def exit_text(self) -> str:
        """How it ended, for people."""
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(0.2)
            return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return "did not answer"


def _end(process: subprocess.Popen[bytes], connection: socket.socket, memory: SharedMemory) -> None:
    process.kill()  # there is nothing that it would finish
    process.wait()
    connection.close()
    memory.close()


class _Spare:
    """One process that is started before a decoder wants it, so that nobody waits for its start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: _StartedProcess | None = None

    def start(self) -> None:
        """Start one unless there is one."""
        with self._lock, suppress(OSError):  # whoever needs one is told
            self._process = self._process or _StartedProcess()

    def take(self) -> _StartedProcess:
        """Return the spare process, or one that is started now; OSError as the system says."""
        with self._lock:
            process, self._process = self._process, None
        return process or _StartedProcess()


_spare = _Spare()
start_ahead = _spare.start
"Start a process for the next decoder that will be made, while its program is busy otherwise."


class DecoderProcess:
    """Decodes pictures of one size elsewhere; one request at a time.

    A process that ends or does not answer costs the payload that it had (BitstreamError) and is started anew.
    """

    def __init__(self, width: int, height: int) -> None:
        """Take or start a process for pictures of this size; OSError where the system starts none."""
        self._size = width, height
        self._starts_s: deque[float] = deque(maxlen=MAX_STARTS)
        self._process: _StartedProcess | None = None
        self._worked = False
        self._start()

    def decode(self, payload: bytes, spec: DecoderSpec | None) -> Rgb:
        """Decode to uint8 [H, W, 3]; `spec` is the decoder to open for it, None goes on with the last one.

        Raises BitstreamError where the payload is refused or ended its process, BackendError where no process
        begins to work.
        """
        process, pictures = self._running()
        number = pictures.take()
        try:
            self._ask(
                process, pictures, DecodeRequest(picture=number, spec=spec, length=len(payload)), payload
            )
        except BitstreamError:
            pictures.give_back(number)
            raise
        return pictures.lend(number)

    def follow(self, payload: bytes, spec: DecoderSpec | None) -> None:
        """Decode a payload whose picture is not wanted; as in `decode`."""
        process, pictures = self._running()
        request = DecodeRequest(picture=NO_PICTURE, spec=spec, length=len(payload))
        self._ask(process, pictures, request, payload)

    def _ask(
        self, process: _StartedProcess, pictures: SharedPictures, request: DecodeRequest, payload: bytes
    ) -> None:
        """Send a request and wait for its answer; BitstreamError where it is none."""
        if len(payload) <= MAX_INLINE_BYTES:
            request = replace(request, payload=payload)
        elif not pictures.write_payload(payload):
            raise BitstreamError(f"a payload of {len(payload)} bytes; no picture of this size takes so many")
        try:
            process.connection.settimeout(DEADLINE_S)
            send_request(process.connection, request)
            refusal = receive_answer(process.connection)
        except (OSError, EOFError) as error:
            text = self._lost(process)
            raise BitstreamError(f"the decoder process {text}; it is started anew") from error
        except BaseException:  # Ctrl-C: an answer is still to come, which nobody would wait for
            process.kill()
            self._process = None
            raise
        if refusal is not None:
            raise BitstreamError(printable(refusal))

    def close(self) -> None:
        """End the process; pictures that are lent stay."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _running(self) -> tuple[_StartedProcess, SharedPictures]:
        """Return the process, once it has begun to work."""
        process = self._process or self._start()
        if process.ready:
            return process, self._pictures
        try:
            receive_answer(process.connection)
        except (OSError, EOFError) as error:
            text = process.exit_text()
            self.close()
            kind = BitstreamError if self._worked else BackendError
            raise kind(f"the decoder process {text} before it began; {NEVER_HELPS}") from error
        process.ready = self._worked = True
        return process, self._pictures

    def _start(self) -> _StartedProcess:
        now_s = time.monotonic()
        if len(self._starts_s) == MAX_STARTS and now_s - self._starts_s[0] < STARTS_WINDOW_S:
            raise BitstreamError("this stream ends its decoder process again and again; waiting")
        self._starts_s.append(now_s)
        try:
            process = _spare.take()
            self._pictures = process.open_pictures(*self._size)
        except OSError as error:
            if self._worked:
                raise BitstreamError(f"no decoder process starts: {error}") from error
            raise
        self._process = process
        return process

    def _lost(self, process: _StartedProcess) -> str:
        """Start anew at once, so that the next payload does not wait for it; say how the old one ended."""
        text = process.exit_text()
        process.kill()
        self._process = None
        with suppress(BitstreamError):  # too often: the next payload is told
            self._start()
        return text

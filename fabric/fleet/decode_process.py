"""A decode process as its worker sees it: asked a batch at a time, killed where it does not answer."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import suppress

from narrowcast.codec.decoder_process.process import thrifty_environment
from narrowcast.errors import FabricError
from narrowcast.fabric.fleet.decode_messages import (
    LENGTH,
    MAX_ANSWER_BYTES,
    DecodeAnswer,
    DecodeBatch,
    HostileAnswerError,
    pack_batch,
    unpack_answer,
)

START_S = 60.0
"A process may take so long to begin: it loads libraries, perhaps on a machine that others keep busy."
ANSWER_S = 30.0
"A batch that takes longer is none: it has a second's frames of a few cameras."
_PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from narrowcast.fabric.fleet.decode_program import main; main()"
)


class DecodeProcessError(FabricError):
    """The process has ended, or does not answer; another one is started."""


class DecodeProcess:
    """One run of the program."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader, self._writer = reader, writer

    @classmethod
    async def start(cls) -> DecodeProcess:
        """Start it and wait until it is ready; DecodeProcessError."""
        own, theirs = socket.socketpair()
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM.format(path=sys.path), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=thrifty_environment(),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for the worker, which ends this one
            )
        except OSError as error:
            own.close()
            raise DecodeProcessError(f"no decode process starts: {error}") from error
        finally:
            theirs.close()
        reader, writer = await asyncio.open_connection(sock=own, limit=MAX_ANSWER_BYTES)
        started = cls(process, reader, writer)
        try:
            await asyncio.wait_for(reader.readexactly(1), START_S)
        except (OSError, EOFError, asyncio.TimeoutError) as error:
            raise DecodeProcessError(f"a decode process {await started.close()} before it began") from error
        except BaseException:
            await started.close()
            raise
        return started

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def decode(self, batch: DecodeBatch) -> DecodeAnswer:
        """Have a batch decoded; DecodeProcessError where the process is of no use any more."""
        try:
            self._writer.write(pack_batch(batch))
            await self._writer.drain()
            return await asyncio.wait_for(self._answer(batch), ANSWER_S)
        except (OSError, EOFError, asyncio.TimeoutError, HostileAnswerError) as error:
            raise DecodeProcessError(f"a decode process {await self.close()}") from error

    async def _answer(self, batch: DecodeBatch) -> DecodeAnswer:
        (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        if length > MAX_ANSWER_BYTES:
            raise HostileAnswerError(f"an answer of {length} bytes")
        return unpack_answer(await self._reader.readexactly(length), batch)

    async def close(self) -> str:
        """End it; returns how it had ended, for people. Harmless a second time."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
        status = self._process.poll()
        if status is None:
            self._process.kill()  # there is nothing that it would finish
            await asyncio.to_thread(self._process.wait)
            return "did not answer"
        return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"

"""The testbed of a chaos run: namespaces, a proxy, a sender, a receiver that reports, hostile clients."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

from narrowcast.benchmark.network.namespaces import LinkShape, NamespacePair
from narrowcast.benchmark.process_usage import load_psutil
from narrowcast.benchmark.program import Program
from narrowcast.runtime.clock import now_us
from tests.chaos.log import ChaosLog, Shown, Usage

SENDER_PORT, PROXY_PORT = 5556, 5555
QUEUE_BYTES = 16 * 1024
THREADS = {"OMP_NUM_THREADS": "1"}
START_TIMEOUT_S = 120.0
READY_TEXTS = {"sender": "waiting for a receiver", "receiver": "connecting to"}


class RestartableProgram:
    """A program that may be killed and started again."""

    def __init__(self, name: str, log: ChaosLog) -> None:
        self.name = name
        self.ready_us: int | None = None
        "when it had loaded everything since its last start; None before"
        self.program: Program | None = None
        self._log = log

    def start(self, module: str, arguments: list[str], testbed: Testbed) -> None:
        """Start it, also after it has ended."""
        self.ready_us = None
        inside = (testbed.pair.near if self.name == "sender" else testbed.pair.far).command
        self.program = Program(arguments, self._on_line, module=module, environment=THREADS, inside=inside)

    def wait_ready(self) -> int:
        """Wait until it has loaded everything; returns when that was."""
        deadline_us = now_us() + round(1e6 * START_TIMEOUT_S)
        while self.ready_us is None:
            if now_us() > deadline_us or self.program is None or not self.program.running:
                raise RuntimeError(f"the {self.name} did not start")
            time.sleep(0.01)
        return self.ready_us

    def kill(self) -> None:
        """Kill it without warning, as a power cut would."""
        assert self.program is not None
        os.kill(self.program.pid, signal.SIGKILL)
        self.program.wait(10.0)

    def look(self) -> None:
        """Log its memory and its open files."""
        psutil = load_psutil()
        if self.program is None:
            return
        if not self.program.running:
            self._log.ended_early.append(f"the {self.name}")
            self.program = None
            return
        process = psutil.Process(self.program.pid)
        self._log.usage.append(
            Usage(
                pid=self.program.pid,
                name=self.name,
                at_us=now_us(),
                resident_bytes=process.memory_info().rss,
                files=process.num_fds(),
            )
        )

    def _on_line(self, line: dict[str, Any]) -> None:
        if line["event"] == "shown":
            shown = Shown(at_us=line["at_us"], age_us=line["age_us"], psnr=line.get("psnr"))
            self._log.shown.append(shown)
        elif line["event"] == "second":
            self._log.failed_frames += line.get("failed", 0)
        elif READY_TEXTS[self.name] in line.get("text", "") and self.ready_us is None:
            self.ready_us = now_us()


class Testbed:
    """Runs all parts of the test; leaving the context stops them."""

    def __init__(
        self,
        log: ChaosLog,
        *,
        size: str,
        codec: str,
        hostile: int,
        max_kbps: float = 0.0,
        proxy: bool = True,
        judged: bool = False,
        receiver_threads: int = 1,
    ) -> None:
        self.log = log
        self.sender, self.receiver = RestartableProgram("sender", log), RestartableProgram("receiver", log)
        self.pair = NamespacePair(LinkShape(kbps=256, queue_bytes=QUEUE_BYTES))
        self._size, self._codec, self._hostile, self._max_kbps = size, codec, hostile, max_kbps
        self._judged, self._receiver_threads = judged, receiver_threads
        self._port = PROXY_PORT if proxy else SENDER_PORT
        self._helpers: list[subprocess.Popen[str]] = []
        self._proxy: subprocess.Popen[str] | None = None
        self.kbps = 256

    def __enter__(self) -> Testbed:
        self.pair.__enter__()
        near = self.pair.near
        listen = [near.address, str(PROXY_PORT), near.address, str(SENDER_PORT)]
        if self._port == PROXY_PORT:
            self._proxy = self._help("tests.chaos.proxy", *listen)
        self.shape(256)
        self.start_sender()
        self.start_receiver()
        self.sender.wait_ready()
        self.receiver.wait_ready()
        if self._hostile:
            self._help("tests.chaos.hostile", near.address, str(SENDER_PORT), str(self._hostile))
        return self

    def __exit__(self, *_: object) -> None:
        for restartable in (self.receiver, self.sender):
            if restartable.program is not None:
                restartable.program.stop()
        for helper in self._helpers:
            helper.kill()
            helper.wait()
        self.pair.close()

    def start_sender(self) -> None:
        """Start the sender's program."""
        arguments = ["send", "demo:", "--loop", "--listen", f"tcp://{self.pair.near.address}:{SENDER_PORT}"]
        options = ["--insecure", "--codec", self._codec, "--size", self._size, "--threads", "1"]
        cap = ["--max-kbps", f"{self._max_kbps:g}"]
        self.sender.start("narrowcast", [*arguments, *options, *cap, "--stats", "json"], self)

    def start_receiver(self) -> None:
        """Start the receiver's program."""
        url = f"tcp://{self.pair.near.address}:{self._port}"
        threads = ["--threads", str(self._receiver_threads)]
        options = ["--no-window", "--expect", f"{self._codec}:{self._size}", *threads]
        judge = ["--judge", self._size] if self._judged else []
        self.receiver.start(
            "tests.chaos.watcher", [url, *options, *judge, "--insecure", "--stats", "json"], self
        )

    def shape(self, kbps: int) -> None:
        """Change the link; also ends a cut."""
        self.kbps = kbps
        self.pair.shape(LinkShape(kbps=kbps, queue_bytes=QUEUE_BYTES))
        self.log.rates.append((now_us(), kbps))

    def tell_proxy(self, command: str) -> None:
        """Send the proxy a command: freeze, thaw, cut or mend."""
        assert self._proxy is not None and self._proxy.stdin is not None and self._proxy.stdout is not None
        self._proxy.stdin.write(command + "\n")
        self._proxy.stdin.flush()
        self._proxy.stdout.readline()

    def watch(self, seconds: float) -> None:
        """Wait, and log memory and files of the programs once a second."""
        end_us = now_us() + round(1e6 * seconds)
        while now_us() < end_us:
            time.sleep(min(1.0, max(0.0, (end_us - now_us()) / 1e6)))
            self.sender.look()
            self.receiver.look()

    def _help(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        command = self.pair.near.command([sys.executable, "-m", module, *arguments])
        helper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._helpers.append(helper)
        if module.endswith("proxy"):
            assert helper.stdout is not None
            helper.stdout.readline()
        return helper

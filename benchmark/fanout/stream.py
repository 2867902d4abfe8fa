"""One sender, a receiver that displays and a crowd that does not: started, measured for a while, stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.fanout.crowd import LightArrival
from narrowcast.benchmark.process_usage import cpu_seconds
from narrowcast.benchmark.program import Program, Programs
from narrowcast.benchmark.results import percentiles_of
from narrowcast.benchmark.settings import PlotSettings, StreamSettings, size_text
from narrowcast.benchmark.shown import ShownFrame
from narrowcast.codec.names import CODECS
from narrowcast.protocol import Percentiles
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.settings import Setting
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.config import SenderConfig

MAX_RECEIVERS = 1024
"""Each is a connection of two processes, and the sender's has other files open too."""
COUNTS = Setting(metavar="LIST", minimum=1, maximum=MAX_RECEIVERS)
_START_TIMEOUT_S = 120.0
"Loading the networks, the first time with their conversion for this CPU."
_SETTLE_S = 1.5
"The keyframe that the last receiver needed is over, and every clock is known."


@dataclass(frozen=True, kw_only=True)
class FanoutSettings(StreamSettings, PlotSettings):
    """One run: a looping clip to more and more receivers."""

    receivers: Annotated[tuple[int, ...], COUNTS] = (1, 4, 16, 64, 256, 512)
    "how many"
    source: str = "demo:"
    "what is sent, in a loop"
    codec: Annotated[str, Setting(choices=CODECS)] = SenderConfig.codec
    "name of the codec"
    seconds: Annotated[float, Setting(above=0)] = 8.0
    "how long each number is measured, once all receivers are there"

    def __post_init__(self) -> None:
        """Refuse what the sender would refuse too, but only once it has been started."""
        super().__post_init__()
        SenderConfig(source=self.source)


@dataclass(frozen=True, kw_only=True)
class FanoutRow:
    """One number of receivers: the first decodes and displays, the others only take their frames."""

    receivers: int
    "with the one that displays"
    seconds: float
    "how long it was measured"
    sender_cpu_percent: float
    "of one core"
    sent_bytes_per_s: float
    "on the wire, to all receivers together"
    shown_fps: float
    "pictures a second at the receiver that displays"
    shown_age_ms: Percentiles
    "from capture until that receiver had shown the picture"
    light_fps: float | None
    "frames a second at a light receiver, their mean; None where there are none"
    slowest_fps: float | None
    "frames a second at the light receiver that got fewest; None likewise"
    light_age_ms: Percentiles
    "from capture until a light receiver had the frame, over all of them"


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """The stretch of time that counts, on this machine's clock."""

    start_us: int
    "when it begins"
    end_us: int
    "when it ends"
    cpu_s: float
    "CPU time that the sender used in it"

    @property
    def seconds(self) -> float:
        return (self.end_us - self.start_us) / 1e6

    def holds(self, time_us: int) -> bool:
        return self.start_us <= time_us <= self.end_us


class FanoutStream:
    """Runs one sender and one number of receivers."""

    def __init__(self, settings: FanoutSettings, receivers: int, model_id: str) -> None:
        self._settings, self._receivers, self._model_id = settings, receivers, model_id
        self._displaying = self._linked = False
        self._shown: list[ShownFrame] = []
        self._taken: list[list[LightArrival]] = []
        self._sent: list[tuple[int, float]] = []  # when the sender said so, and its bytes a second

    def run(self, stop: StopSignal) -> FanoutRow | None:
        """Measure; None where a stop was asked for too early. ProgramError where a program fails."""
        with Programs() as programs:
            sender = self._start(programs)
            if not programs.wait_until(self._all_there, stop, limit_s=_START_TIMEOUT_S):
                if stop.requested:
                    return None
                raise ProgramError(f"not all receivers came within {_START_TIMEOUT_S:.0f} s")
            programs.wait_until(lambda: False, stop, limit_s=_SETTLE_S)
            start_us, start_cpu_s = now_us(), cpu_seconds(sender.pid)
            programs.wait_until(lambda: False, stop, limit_s=self._settings.seconds)
            cpu_s = cpu_seconds(sender.pid) - start_cpu_s
            measured = _Measured(start_us=start_us, end_us=now_us(), cpu_s=cpu_s)
        return None if stop.requested else self._row(measured)

    def _start(self, programs: Programs) -> Program:
        settings = self._settings
        common = [*settings.codec_arguments(), "--stats", "json"]
        arguments = ["send", settings.source, "--loop", "--listen", "tcp://127.0.0.1:0", *common]
        arguments += ["--codec", settings.codec, *settings.picture_arguments()]
        arguments += ["--max-receivers", str(self._receivers)]
        sender = programs.add(Program(arguments, self._take))
        url = sender.address(_START_TIMEOUT_S)
        if not url:
            raise ProgramError("the sender did not start")
        arguments = [url, "--no-window", "--expect", f"{settings.codec}:{size_text(settings.size)}", *common]
        programs.add(Program(arguments, self._take, module="narrowcast.benchmark.receiver"))
        if self._receivers > 1:
            arguments = [url, "--count", str(self._receivers - 1), "--codec", settings.codec]
            arguments += ["--model-id", self._model_id]
            programs.add(Program(arguments, self._take, module="narrowcast.benchmark.fanout.crowd"))
        return sender

    def _take(self, line: dict[str, Any]) -> None:
        """Keep a line of any of the programs."""
        event = line.pop("event")
        if event == "shown":
            self._shown.append(ShownFrame(**line))
        elif event == "linked":
            self._linked = True
        elif event == "arrivals":
            self._taken = [[LightArrival(**arrival) for arrival in each] for each in line["receivers"]]
        elif event == "second" and "coded" in line:
            self._sent.append((now_us(), 125 * line["kbps"]))
        elif event == "second" and line["shown"]:
            self._displaying = True

    def _all_there(self) -> bool:
        return self._displaying and (self._receivers == 1 or self._linked)

    def _row(self, measured: _Measured) -> FanoutRow:
        counted = [frame for frame in self._shown if measured.holds(frame.shown_us)]
        ages = [(frame.shown_us - frame.capture_us) / 1000 for frame in counted if frame.capture_us]
        taken = [arrival for each in self._taken for arrival in each]
        light = [arrival.age_us / 1000 for arrival in taken if measured.holds(arrival.taken_us)]
        counts = [sum(measured.holds(arrival.taken_us) for arrival in each) for each in self._taken]
        sent = [bytes_per_s for at_us, bytes_per_s in self._sent if measured.holds(at_us)]
        return FanoutRow(
            receivers=self._receivers,
            seconds=round(measured.seconds, 2),
            sender_cpu_percent=round(100 * measured.cpu_s / measured.seconds, 1),
            sent_bytes_per_s=round(sum(sent) / len(sent)) if sent else 0,
            shown_fps=round(len(counted) / measured.seconds, 2),
            shown_age_ms=percentiles_of(ages),
            light_fps=round(len(light) / measured.seconds / len(self._taken), 2) if self._taken else None,
            slowest_fps=round(min(counts) / measured.seconds, 2) if counts else None,
            light_age_ms=percentiles_of(light),
        )

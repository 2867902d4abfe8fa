"""One fan-out run: number by number of receivers."""

from __future__ import annotations

import codec
from benchmark.errors import ProgramError
from benchmark.fanout.config import FanoutConfig
from benchmark.fanout.results import FanoutResults
from benchmark.fanout.stream import FanoutStream
from benchmark.process_usage import load_psutil
from benchmark.progress import INTERRUPTED, Listener
from narrowcast.errors import ConfigError, SourceError
from runtime.signals import StopSignal
from sender.sources.camera import open_source


class FanoutRun:
    """Measures number by number; `results` holds what there is at any time."""

    def __init__(self, config: FanoutConfig, listener: Listener) -> None:
        load_psutil()  # before the work, not after
        self._config, self._listener = config, listener
        # The light receivers have to name the model, and do not load the codec for it.
        self._model_id = _model_id(config.codec)
        _check_source(config)
        self.results = FanoutResults()

    def run(self) -> None:
        """Measure everything; Ctrl-C leaves out the number that runs and those behind it."""
        self._listener.begin(len(self._config.receivers))
        with StopSignal() as stop:
            for receivers in self._config.receivers:
                if stop.requested:
                    break
                self._listener.activity(f"{receivers} receivers" if receivers > 1 else "1 receiver")
                self._measure(receivers, stop)
                self._listener.step(1)
                if self._config.json is not None:
                    self.results.write_json(self._config.json)
        if stop.requested:
            self._listener.notice(INTERRUPTED)

    def _measure(self, receivers: int, stop: StopSignal) -> None:
        try:
            row = FanoutStream(self._config, receivers, self._model_id).run(stop)
        except ProgramError as error:
            if not stop.requested:
                self._listener.notice(f"{receivers} receivers: {error}; left out")
                self.results.gaps[receivers] = str(error)
            return
        if row is not None:
            self.results.rows.append(row)


def _model_id(name: str) -> str:
    """Look a codec's model up; ConfigError where this installation lacks the codec."""
    for info in codec.available_codecs():
        if info.name == name:
            return info.model_id
    raise ConfigError(f"codec {name!r} is not installed here; choose another")


def _check_source(config: FanoutConfig) -> None:
    """Refuse what the sender could not open, before it is started once a row; ConfigError."""
    try:
        stream = config.stream
        open_source(config.source, width=stream.width, height=stream.height, fps=stream.fps).close()
    except SourceError as error:
        raise ConfigError(str(error)) from error

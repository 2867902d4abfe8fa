"""One fan-out run: number by number of receivers."""

from __future__ import annotations

import codec
from runtime.signals import StopSignal

from .errors import ProgramError
from .fanout_config import FanoutConfig
from .fanout_results import FanoutResults
from .fanout_stream import FanoutStream
from .process_usage import load_psutil
from .progress import Listener


class FanoutRun:
    """Measures number by number; `results` holds what there is at any time."""

    def __init__(self, config: FanoutConfig, listener: Listener) -> None:
        load_psutil()  # before the work, not after
        self._config, self._listener = config, listener
        # The light receivers have to name the model, and do not load the codec for it.
        self._model_id = {info.name: info.model_id for info in codec.available_codecs()}.get(config.codec, "")
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
            self._listener.notice("interrupted; these are the rows so far")

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

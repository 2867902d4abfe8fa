"""Coverage-guided fuzzing of every parser: `make fuzz MINUTES=10`, or `python -m tests.fuzz.guided --help`.

Each target runs in a process of its own under atheris (libFuzzer for Python), which follows the coverage of
the product's modules. An input that raises anything but a refusal, takes over a second or needs too much
memory ends its target and is kept under fuzz-findings/; once mended it belongs in tests/fuzz/corpus/TARGET/.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FINDINGS = Path("fuzz-findings")
HANG_S = 1
"One input may take so long, in CPU time: a machine that others keep busy is no fault."
STUCK_S = 60
"By the clock: libFuzzer ends what is stuck in a library."
MAX_MEMORY_MB = 2048
"Of one target's process, the libraries and the models that it loads included."
MAX_INPUT_BYTES = 8192
OURS = ["narrowcast", "codec", "protocol", "runtime", "sender", "receiver"]
"Packages whose coverage guides the fuzzer."


@dataclass(frozen=True, kw_only=True)
class FuzzRun:
    """What became of one target."""

    target: str
    "its name"
    inputs: int
    "that it was given"
    fault: str
    "empty where none was found"


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz one target here, or all of them one after the other; returns the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Fuzz every parser, guided by coverage.")
    parser.add_argument("--target", help="only this one (see tests/fuzz/targets.py)")
    parser.add_argument("--minutes", type=float, default=10.0, help="for all targets together (default 10)")
    parser.add_argument("--runs", type=int, default=0, help="inputs a target; instead of --minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.here:
        seconds = f"-max_total_time={60 * arguments.minutes:.0f}"
        fuzz_here(arguments.target, [f"-runs={arguments.runs}", seconds, f"-seed={arguments.seed}"])
    from tests.fuzz.targets import all_targets  # not above: fuzz_here follows what it is the first to import

    names = list(all_targets()) if arguments.target is None else [arguments.target]
    if not set(names) <= set(all_targets()):
        parser.error(f"there is no target {arguments.target}; choose one of {', '.join(all_targets())}")
    minutes = arguments.minutes / len(names)
    found = [fuzz_apart(name, minutes=minutes, runs=arguments.runs, seed=arguments.seed) for name in names]
    print(f"{'target':<18}{'inputs':>12}  fault")
    for run in found:
        print(f"{run.target:<18}{run.inputs:>12,}  {run.fault or '-'}")
    return 1 if any(run.fault for run in found) else 0


def fuzz_apart(name: str, *, minutes: float, runs: int, seed: int) -> FuzzRun:
    """Fuzz a target in a process of its own, for `runs` inputs (0: for `minutes`), and read how it ended."""
    options = ["--minutes", str(0 if runs else minutes), "--runs", str(runs or -1), "--seed", str(seed)]
    command = [sys.executable, "-m", "tests.fuzz.guided", "--here", "--target", name, *options]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    inputs = re.findall(r"(?:stat::number_of_executed_units:|Done) +(\d+)", done.stderr)
    fault = ""
    if done.returncode:
        kept = re.findall(r"Test unit written to (\S+)", done.stderr)
        reason = re.findall(
            r"^([\w.]*(?:Error|Exception|ERROR: libFuzzer)\b.*)$", done.stderr + done.stdout, re.M
        )
        fault = f"{(reason or ['exit status ' + str(done.returncode)])[0][:120]} {' '.join(kept)}"
        print(done.stderr[-4000:], file=sys.stderr)
    return FuzzRun(target=name, inputs=int(inputs[-1]) if inputs else 0, fault=fault)


class InputTookTooLong(Exception):
    """A parser took more than HANG_S of CPU time for one input."""


def within_time(meet: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Raise InputTookTooLong where a parser does."""

    def timed(data: bytes) -> None:
        started_s = time.process_time()
        meet(data)
        spent_s = time.process_time() - started_s
        if spent_s > HANG_S:
            raise InputTookTooLong(f"{spent_s:.1f} s for {len(data)} bytes")

    return timed


def fuzz_here(name: str, options: list[str]) -> None:
    """Run libFuzzer in this process; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=OURS):
        from tests.fuzz.targets import all_targets

        target = all_targets()[name]
    FINDINGS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="narrowcast-fuzz-") as folder:
        for index, data in enumerate(target.inputs()):
            (Path(folder) / str(index)).write_bytes(data)
            target.meet(data)  # whatever is loaded at the first use is loaded before the clock runs
        limits = [f"-timeout={STUCK_S}", f"-rss_limit_mb={MAX_MEMORY_MB}", f"-max_len={MAX_INPUT_BYTES}"]
        kept = f"-artifact_prefix={FINDINGS}/{name}-"
        atheris.Setup(
            [sys.argv[0], *options, *limits, kept, "-print_final_stats=1", folder], within_time(target.meet)
        )
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())

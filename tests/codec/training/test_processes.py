"""Two processes that train as one: their averaged gradients are those of the whole batch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
import torch
from torch import nn

from narrowcast.codec.training.processes import Processes

PROGRAM = """
import torch
from tests.codec.training.test_processes import gradients
from narrowcast.codec.training.processes import Processes

processes = Processes.join("cpu")
averaged = gradients(slice(4 * processes.rank, 4 * processes.rank + 4), processes)
assert processes.any_true(processes.rank == 1) and not processes.any_true(False)
assert processes.of_first(float(processes.rank)) == 0.0
first = processes.first_alone(lambda: print(end="") or processes.rank)
assert first == processes.rank
if processes.rank == 0:
    print(" ".join(value.hex() for value in averaged))
"""


def gradients(samples: slice, processes: Processes) -> list[float]:
    """Return the gradients of a small model on some of eight samples, averaged over the processes."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    inputs = torch.randn(8, 3)
    loss = (model(inputs[samples]) - 1).square().mean()
    torch.autograd.backward(loss)
    processes.average(list(model.parameters()))
    return [float(value) for p in model.parameters() if p.grad is not None for value in p.grad.flatten()]


def test_two_processes_step_as_one_with_twice_the_batch() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    programs = []
    for rank in range(2):
        group = {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        programs.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                env=os.environ | group | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.getcwd()},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    texts = [program.communicate(timeout=120)[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0]
    averaged = [float.fromhex(value) for value in texts[0].split()]
    assert averaged == pytest.approx(
        gradients(slice(0, 8), Processes(rank=0, world_size=1)), rel=1e-5, abs=1e-7
    )

"""Several processes that train as one: torchrun starts them, gradients are averaged over all."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import nn

Prepared = TypeVar("Prepared")

PREPARATION_LIMIT = timedelta(hours=6)
"""How long processes wait for each other: for the one that decodes the data and codes the scenes."""


@dataclass(frozen=True)
class Processes:
    """This process among those that train together (torchrun sets the environment)."""

    rank: int
    "this process, from 0"
    world_size: int
    "how many there are"
    device: str = "cpu"
    "of the tensors that processes exchange beside gradients: CUDA for nccl, else the CPU"

    @staticmethod
    def join(device: str) -> Processes:
        """Join the group that torchrun made, or stand alone."""
        world_size = int(os.environ.get("WORLD_SIZE", "1"))
        if world_size > 1 and not dist.is_initialized():
            dist.init_process_group(
                "nccl" if device.startswith("cuda") else "gloo", timeout=PREPARATION_LIMIT
            )
            # Its threads would end the interpreter with an abort if they outlived it.
            atexit.register(dist.destroy_process_group)
        exchange = device if device.startswith("cuda") and world_size > 1 else "cpu"
        return Processes(int(os.environ.get("RANK", "0")), world_size, exchange)

    def first_alone(self, prepare: Callable[[], Prepared]) -> Prepared:
        """Let the first process prepare what all use; the others follow when it has, and find it done."""
        if self.rank == 0:
            prepared = prepare()
        self.of_first(0.0)
        return prepared if self.rank == 0 else prepare()

    def average(self, parameters: list[nn.Parameter]) -> None:
        """Average the gradients over all processes, as one message."""
        if self.world_size == 1:
            return
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.world_size
        offset = 0
        for parameter in parameters:
            size = parameter.numel()
            parameter.grad = flat[offset : offset + size].view_as(parameter).clone()
            offset += size

    def any_true(self, flag: bool) -> bool:
        """Return True where any process says True."""
        if self.world_size == 1:
            return flag
        shared = torch.tensor([float(flag)], device=self.device)
        dist.all_reduce(shared, op=dist.ReduceOp.MAX)
        return bool(shared.item())

    def of_first(self, value: float) -> float:
        """Return the first process's value, so that all stop at the same step."""
        if self.world_size == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        dist.broadcast(shared, 0)
        return float(shared.item())

"""All codec tests compute on one thread: the tensors are tiny, and test machines are shared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tests of threads, and create_encoder, change the number; each test starts from one."""
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(1)

"""All that a decoder computes for a picture but motion, as one network: what is converted, and what ships."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.hybrid.restoration import CELL, GATE_SLOPE, STEADY, Restoration, memory_of

STILL_SLOPE, HELD = 32.0, 0.6
"""Where a cell's mean change is below 1/32 of the range it counts as still, the more the smaller; where it
does not change at all, this share of what was shown stays."""

_VALUES = 3 * CELL**2
"Of a cell."


class RestorationStep(nn.Module):
    """A generator with its memory, its strength and what is held still, on pictures as OpenCV has them.

    It computes what `Restoration` does, to the last bit or two. Pictures stay in OpenCV's order (row, column,
    channel): cells of 4x4 pixels are views of them, and stem and head take their values in that order. To
    turn five pictures into planes and two back cost a tenth of the time.
    """

    def __init__(self, restoration: Restoration) -> None:
        super().__init__()
        self.restoration = restoration
        # Values of a cell as `Restoration` orders them (channel, row, column), in the order of pictures.
        order = torch.arange(_VALUES).reshape(3, CELL, CELL).permute(1, 2, 0).reshape(-1)
        self.stem, self.head = deepcopy(restoration.stem), deepcopy(restoration.head)
        with torch.no_grad():
            taken = torch.cat([order, _VALUES + order, torch.tensor([2 * _VALUES])])
            self.stem.weight.copy_(restoration.stem.weight[:, taken])
            self.head.weight.copy_(restoration.head.weight[order])
            _bias(self.stem).copy_(_bias(restoration.stem))
            _bias(self.head).copy_(_bias(restoration.head)[order])

    def forward(
        self,
        base: Tensor,
        last_base: Tensor,
        moved_base: Tensor,
        moved_painted: Tensor,
        last_shown: Tensor,
        conditions: Tensor,
        shares: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Restore a picture; pictures are float [H, W, 3] in [0, 1], H and W multiples of STRIDE.

        Args:
            base: the base picture.
            last_base: the one before; the base picture itself where there is none, as in the next two.
            moved_base: that one, moved to where things are now.
            moved_painted: what was painted last, moved likewise.
            last_shown: what was shown last.
            conditions: [1, CONDITIONS].
            shares: [2]: what the residual is multiplied by for the picture to show; 1 if there was a picture
                before and 0 if not.

        Returns:
            The base picture with its whole residual, the picture to show, and that as uint8.
        """
        columns = base.shape[1] // CELL
        now, last, moved, painted, shown = (
            picture.reshape(-1, CELL, columns, CELL, 3)
            for picture in (base, last_base, moved_base, moved_painted, last_shown)
        )
        gate = functional.relu(1 - GATE_SLOPE * _change(now, moved))
        memory = memory_of(now, painted) * gate
        planes = torch.cat([_planes(now - 0.5), _planes(memory), gate.permute(4, 1, 0, 2, 3)[..., 0]], dim=1)
        fine = self.restoration.body(self.stem(planes), self.restoration.gain(conditions))
        painting = self.head(fine).float().permute(0, 2, 3, 1).reshape(-1, columns, CELL, CELL, 3)
        residual = painting.permute(0, 2, 1, 3, 4) * (1 - STEADY * gate) + STEADY * memory
        to_show = now + shares[0] * residual
        to_show = to_show + shares[1] * held_share(now, last) * (shown - to_show)
        pixels = (to_show * 255 + 0.5).clamp(0, 255).to(torch.uint8)
        whole = -1, columns * CELL, 3
        return (now + residual).reshape(whole), to_show.reshape(whole), pixels.reshape(whole)


def held_share(base: Tensor, last_base: Tensor) -> Tensor:
    """Return how much of the picture shown before stays: some, where the base picture stands still.

    What is painted there settles within a few frames instead of changing with every one. Both are in cells,
    [H / 4, 4, W / 4, 4, 3]; the result is [H / 4, 1, W / 4, 1, 1].
    """
    return HELD * functional.relu(1 - STILL_SLOPE * _change(base, last_base))


def _change(cells: Tensor, others: Tensor) -> Tensor:
    """The mean change of each cell, [H / 4, 1, W / 4, 1, 1]."""
    return (cells - others).abs().mean(dim=(1, 3, 4), keepdim=True)


def _planes(cells: Tensor) -> Tensor:
    """Cells as what a convolution takes, [1, 48, H / 4, W / 4]; channels last in memory, as they lie."""
    rows, _, columns, _, _ = cells.shape
    return cells.permute(0, 2, 1, 3, 4).reshape(1, rows, columns, _VALUES).permute(0, 3, 1, 2)


def _bias(conv: nn.Conv2d) -> Tensor:
    assert conv.bias is not None
    return conv.bias

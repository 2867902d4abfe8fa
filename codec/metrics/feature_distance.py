"""What LPIPS, DISTS and the perceptual loss have in common: a distance of what a network sees."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from narrowcast.codec.api import Rgb
from narrowcast.codec.picture import to_tensor


class FeatureDistance(nn.Module, ABC):
    """A distance between pictures, 0 for identical ones: a loss for tensors, a score for pictures."""

    @abstractmethod
    def features(self, rgb: Tensor) -> list[Tensor]:
        """Map pictures [B, 3, H, W] in [0, 1] to what is compared."""

    @abstractmethod
    def distance(self, wanted: list[Tensor], got: list[Tensor]) -> Tensor:
        """Return one distance a picture [B] from the features of both."""

    def forward(self, rgb: Tensor, target: Tensor) -> Tensor:
        """Return one distance a picture [B]; rgb and target [B, 3, H, W] in [0, 1]; gradients reach rgb."""
        with torch.no_grad():
            wanted = self.features(target)
        return self.distance(wanted, self.features(rgb))

    @torch.inference_mode()
    def score(self, reference: Rgb, candidates: Sequence[Rgb]) -> list[float]:
        """Return one distance a candidate, uint8 [H, W, 3] as the reference is, which is looked at once."""
        wanted = self.features_of(reference)
        return [float(self.distance(wanted, self.features_of(candidate))) for candidate in candidates]

    def features_of(self, rgb: Rgb) -> list[Tensor]:
        """Return the feature maps of one picture, uint8 [H, W, 3]."""
        return self.features(to_tensor(rgb, 1).to(next(self.parameters()).device))

"""Picture metrics: PSNR, MS-SSIM, LPIPS (AlexNet and VGG, v0.1), DISTS, and realism without a reference."""

from __future__ import annotations

"""From checkpoints of the stages to the weights files that ship."""

from __future__ import annotations

from pathlib import Path

from ..analysis import Analysis
from ..checkpoint import Manifest, save_model, save_restoration
from ..config import ModelConfig
from ..exact import ExactModel
from ..latents import LatentCoder
from ..restoration import Restoration, RestorationConfig
from ..synthesis import Synthesis
from .past import part_of
from .trainer import averaged_weights


def export(
    out: Path, model: ModelConfig, *, stills: Path, past: Path | None = None, gan: Path | None = None
) -> Manifest:
    """Write the averaged weights of the latest stages; earlier stages stand in for missing ones."""
    first = averaged_weights(stills)
    analysis, coder, synthesis = Analysis(model), LatentCoder(model), Synthesis(model)
    analysis.load_state_dict(part_of(first, "analysis."))
    coder.load_state_dict(part_of(averaged_weights(past) if past else first, "coder."))
    synthesis.load_state_dict(part_of(averaged_weights(gan) if gan else first, "synthesis."))
    return save_model(out, ExactModel.from_trained(coder, model), analysis, synthesis)


def export_restoration(out: Path, config: RestorationConfig, restore: Path) -> None:
    """Write the averaged weights of the hybrid codec's generator."""
    restoration = Restoration(config)
    restoration.load_state_dict(part_of(averaged_weights(restore), "restoration."))
    save_restoration(out, restoration, config)

"""The latent codec (announced as "gan"): analysis, exactly coded latents, and a generator as synthesis."""

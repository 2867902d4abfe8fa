"""`narrowcast lab entropy`: the latents that the GAN codec sends, under one entropy coder after the other."""

"""The latent codec: the GAN codec, learned from analysis to synthesis, exact between any two machines."""

"""Training of the latent codec (three stages) and of the hybrid codec's generator (`narrowcast train`)."""

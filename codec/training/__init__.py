"""Training of the learned codec: three stages, one loop (`narrowcast train`)."""

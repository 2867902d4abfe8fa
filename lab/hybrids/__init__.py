"""`narrowcast lab hybrids`: GAN + entropy coding and GAN + transform, at equal bitrate."""

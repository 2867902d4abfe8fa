"""`narrowcast lab mnist`: a GAN on MNIST, the encoder that makes a codec of it, and what that is worth."""

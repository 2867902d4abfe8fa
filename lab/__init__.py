"""The lab: generator and discriminator, transforms and entropy coders, from the idea to the product."""

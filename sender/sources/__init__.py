"""Sources of pictures: cameras, files, network streams, patterns, programs."""

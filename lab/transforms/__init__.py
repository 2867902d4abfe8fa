"""`narrowcast lab transforms`: DCT, JPEG's quantiser, PNG's filters, the learned transform."""

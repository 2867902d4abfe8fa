"""`narrowcast lab transforms`: a DCT's coefficients, JPEG's quantiser, PNG's filters, the learned transform."""

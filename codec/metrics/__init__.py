"""Picture metrics and the frozen networks they look through; used by training and by the benchmarks."""

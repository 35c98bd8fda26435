"""Benchmarks: every figure is a ratio of two things done in the same run on the same machine."""

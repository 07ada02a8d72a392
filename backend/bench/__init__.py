"""Benchmarks: each module measures one thing from what the repository holds and returns its figures."""

"""Retrieval quality on public sets: `python -m benchmarks.retrieval`; needs KVASIR_DATA."""

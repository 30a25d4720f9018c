"""Cost of the lexical index and of the hybrid query at 100,000 passages: `python -m benchmarks.scale`; needs KVASIR_DATA."""

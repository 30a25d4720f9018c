"""How fast documents of each format are ingested, and how much memory a run takes: `python -m benchmarks.ingestion`."""

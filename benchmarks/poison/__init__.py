"""Poisoned sources and planted instructions: what reaches an answer, and what is said about it."""

"""Protocols and the frozen value types that cross them."""

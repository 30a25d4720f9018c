"""Abstention: does the calibrated score tell answerable from unanswerable questions?"""

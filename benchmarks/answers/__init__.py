"""Extractive answers on XQuAD: is the gold answer in at most two sentences?"""

"""Texts to emotion scores without a graph: linear models over terms, and rules over a lexicon."""

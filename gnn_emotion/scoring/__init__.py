"""Predictions for whole dumps: load a model once, score in shards, write a file."""

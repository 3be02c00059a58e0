"""Sounds to features."""

"""Encoders: text and users into ``Features``."""

"""Texts without labels -> a text encoder that knows the words."""

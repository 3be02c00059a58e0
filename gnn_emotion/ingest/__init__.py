"""Dumps as crawlers write them, read into one form."""

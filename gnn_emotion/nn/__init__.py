"""Neural modules only: no files, no tables."""

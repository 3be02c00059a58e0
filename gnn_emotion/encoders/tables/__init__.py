"""Features from files and to files."""

"""Media files: found, fetched, hashed, and their features kept."""

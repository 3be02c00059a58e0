"""The words that travel between the rooms: labels, tables, graph types and time."""

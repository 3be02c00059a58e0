"""Dump + Features into a validated ``HeteroData``, and its splits."""

"""Words to features."""

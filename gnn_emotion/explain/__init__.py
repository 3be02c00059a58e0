"""Why a post got its label: which words, which part of it, which neighbours; each with a check."""

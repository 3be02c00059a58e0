"""Why a post got its label: which words, which modality, which neighbours; with a deletion check."""

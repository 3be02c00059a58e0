"""Which parts of a model matter: a grid of models, controls, paired tests, a verdict."""

"""Invents the sample dump: people, a story, texts, pictures and sounds, all from one seed."""

"""Emotion of every post of a Weibo-style dump, read on its social graph."""

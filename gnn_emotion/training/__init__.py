"""Fitting, judging, calibrating and storing models."""

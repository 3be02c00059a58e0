"""Predictions to tables with intervals, figures and reports."""

"""What may make a score better than the model is: a look at labels before any score is shown."""

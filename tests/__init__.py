import os

# Triton reads it when it is imported, which other packages do. Set to 0 to test on a GPU.
os.environ.setdefault("TRITON_INTERPRET", "1")

"""One module per dump format: ``NAME``, ``sniff(source, head)`` and ``read(source, options)``."""

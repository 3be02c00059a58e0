"""One HTML page of a trend that needs no network: tables, their embedding, the page."""

"""The compiled book: its types, how it is written down, sealed and opened."""

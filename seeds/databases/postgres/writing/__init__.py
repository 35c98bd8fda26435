"""How rows get into PostgreSQL tables, and out of them: the pieces that the writer is made of."""

"""PostgreSQL 13 and newer: ADBC's binary COPY for rows, SQLAlchemy over psycopg for everything else."""

from .database import PostgresDatabase

__all__ = ["PostgresDatabase"]

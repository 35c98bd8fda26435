"""MariaDB 10.6 and newer, and MySQL 8: PyMySQL for rows, SQLAlchemy over it for everything else."""

from .database import MariadbDatabase

__all__ = ["MariadbDatabase"]

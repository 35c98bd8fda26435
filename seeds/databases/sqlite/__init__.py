"""SQLite files, through Python's own driver.

Every connection to the file goes through one copy of SQLite: a second one in the same process, as a bulk driver of
its own would bring, breaks the file's locks (https://www.sqlite.org/howtocorrupt.html, section 2.2.1).
"""

from .database import SqliteDatabase

__all__ = ["SqliteDatabase"]

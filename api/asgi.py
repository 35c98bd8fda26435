"""The application that a server runs: ``uvicorn api.asgi:app``."""

from .app import create_app

app = create_app()

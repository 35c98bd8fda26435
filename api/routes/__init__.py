"""HTTP only: each route calls one service."""

"""Bytes from anywhere against all that reads what comes from outside."""

"""The loading script of bc5cdr."""

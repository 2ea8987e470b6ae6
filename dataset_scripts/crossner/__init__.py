"""The loading script of CrossNER."""

"""The loading script of LeNER-Br."""

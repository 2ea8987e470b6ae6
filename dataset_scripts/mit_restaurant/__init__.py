"""The loading script of mit_restaurant."""

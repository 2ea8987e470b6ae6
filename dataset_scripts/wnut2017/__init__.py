"""The loading script of WNUT 2017."""

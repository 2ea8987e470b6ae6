"""The loading script of HarveyNER."""

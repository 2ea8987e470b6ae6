"""The loading script of HIPE 2020."""

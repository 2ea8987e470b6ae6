"""The loading script of the NCBI disease corpus."""

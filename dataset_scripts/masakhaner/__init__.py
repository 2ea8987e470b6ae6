"""The loading script of MasakhaNER 2.0."""

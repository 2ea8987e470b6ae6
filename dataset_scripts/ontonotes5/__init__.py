"""The loading script of OntoNotes 5."""

"""`tner-hf annotate`: one person corrects the entities of a file in a browser of the same machine.

The only server of this package that writes. What a person accepts is on the disk before the page
hears of it, in a journal beside the output; the output is rendered from the input and the journal.
"""

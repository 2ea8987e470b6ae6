"""Loading scripts: one folder per corpus, installed as `tner_hf.dataset_scripts`."""

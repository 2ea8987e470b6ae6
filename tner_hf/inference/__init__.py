"""From text or tokens to tags: runtimes, tagging in input order, pipelines."""

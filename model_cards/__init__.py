"""The templates of cards, and the cards of models that this project trained.

Installed as `tner_hf.model_cards`, templates only. `<model>/results.json` holds a model's facts,
`<model>/README.md` the card that `make cards` renders from them.
"""

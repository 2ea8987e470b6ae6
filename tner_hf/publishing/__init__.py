"""From what a run left to what others use: cards, exported models, the Hub."""

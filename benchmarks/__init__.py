"""How long things take here and elsewhere: one question per module, peers in the same run."""

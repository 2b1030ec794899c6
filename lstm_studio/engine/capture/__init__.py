"""Record every state of a forward pass, and prove the recording."""

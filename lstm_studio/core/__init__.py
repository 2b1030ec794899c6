"""The words of the studio as types, and the recording. Numpy only: no torch, no Qt."""

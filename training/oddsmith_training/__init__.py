"""Fits the ensemble on rows made by `oddsmith features` and exports it for tract. Computes no feature of its own."""

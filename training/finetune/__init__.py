"""Finetuning a network to one artwork."""

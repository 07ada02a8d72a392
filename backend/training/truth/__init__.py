"""Heads that no training sees, in compact form, for figures that anyone can measure again."""

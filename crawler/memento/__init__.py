"""Public web archives: how they are asked, what they say, and which of their copies is worth having.

All but `guarded`, `asking` and `saving` is pure.
"""

"""The actions for jobs in trouble.

Pure: data in, data out.
"""

from enum import StrEnum


class Remedy(StrEnum):
    """The action for a kind of trouble."""

    RETRY = "retry"
    MEMORY = "more memory"
    NODE = "other node"
    PARK = "park"
    ASK = "ask"

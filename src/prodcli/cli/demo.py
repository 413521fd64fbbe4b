"""Not there yet."""

EXAMPLE = ""


def demo() -> None:
    """Not there yet."""

from core.errors import ErrorCode, LimitError


def check(code: ErrorCode, found: int, limit: int, what: str, advice: str) -> None:
    """Raise where `found` is more than `limit`.

    Raises:
        LimitError: saying both, and what to do.

    """
    if found > limit:
        shown = str(found) if found < 10**9 else "more than a thousand million"
        raise LimitError(code, f"{what}: {shown}, and {limit} are allowed. {advice}", limit, min(found, 10**9))

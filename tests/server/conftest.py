from tests.overload.serving import reads

__all__ = ["reads"]

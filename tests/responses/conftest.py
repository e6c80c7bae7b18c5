from tests.responses.two import two

__all__ = ["two"]

from tests.interop.conftest import folder

__all__ = ["folder"]

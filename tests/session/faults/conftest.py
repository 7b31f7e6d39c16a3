"""What the helpers assert is told in full, as in a test."""

import pytest

pytest.register_assert_rewrite("tests.session.faults.scene")

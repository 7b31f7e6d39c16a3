"""What every test of a widget gets: a judge of all that its session sends."""

from ..strict import strict_commands  # noqa: F401

"""Recognise speech with pocketsphinx, which runs in a child process (it never lets other threads run)."""

from __future__ import annotations

from realtime_widget.local.recogniser.client import PocketsphinxTranscriber

__all__ = ["PocketsphinxTranscriber"]

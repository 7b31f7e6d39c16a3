"""What a panel shows, as plain values: the state, turns and calls of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..config import TURN_DETECTIONS, VOICES, SemanticVAD, ServerVAD, SessionConfig
from ..data import ToolCall, Turn
from ..errors import EngineError, RealtimeError
from .costs import cost_view
from .playing import player_view

if TYPE_CHECKING:
    from ..session.core import SessionCore

__all__ = ["call_view", "stand_in_view", "state_view", "turn_view"]

CHUNK_MS = 100  # a message costs JupyterLab 2 % of a core at one a second, whatever its length
VOICE_LOCK = "The voice is fixed once the model has spoken; end the session to change it."


def state_view(core: SessionCore, *, title: str, owner: str | None, notice: str | None) -> dict[str, Any]:
    """Return the panel's whole state."""
    config = core.protocol.config
    status = core.status
    listening = bool(core.traits.get("listening"))
    speaking = bool(core.traits.get("speaking"))
    return {
        "status": status,
        "kind": config.kind,
        "engine": {
            "kind": core.engine.kind,
            "name": core.engine.name,
            "model": config.model if core.engine.kind != "local" else "",
            "note": core.engine.note,
        },
        "elapsed_ms": core.elapsed_s * 1000,
        "running": status in ("connected", "reconnecting"),
        "listening": listening,
        "speaking": speaking,
        "thinking": core.thinking and not speaking and not listening,
        "muted": bool(core.traits.get("muted")),
        "error": _error_view(core.traits.get("error"), status),
        "notice": notice,
        **(_settings_view(config) if config.kind == "realtime" else _no_settings_view(core)),
        "locks": {
            "voice": VOICE_LOCK if core.protocol.voice_locked and core.live else None,
            "turn_detection": None,
            "instructions": None,
        },
        "suggestions": list(core.suggestions),
        "tools": _tools_view(core),
        "owner": owner,
        "chunk_ms": CHUNK_MS,
        "microphone": core.page_microphone.to_page(),
        "half_duplex": core.half_duplex,
        "audio_in": {
            "kind": core.source.audio_in.kind,
            "label": core.source.audio_in.label,
            "model_id": core.source.audio_in.model_id,
        },
        "title": title,
        "player": player_view(core),
        "store": _store_view(core),
        "cost": cost_view(core),
    }


def _tools_view(core: SessionCore) -> list[dict[str, Any]]:
    if core.player is None:
        return [
            {"name": tool.name, "description": tool.description, "version": tool.version}
            for tool in core.registry.values()
        ]
    # Of a saved conversation nothing but their definitions is left.
    wire = (tool for tool in getattr(core.protocol.config, "tools", ()) if tool.get("name"))
    return [{"name": tool["name"], "description": tool.get("description", ""), "version": 1} for tool in wire]


def _settings_view(config: SessionConfig) -> dict[str, Any]:
    voice = config.voice if isinstance(config.voice, str) else str(config.voice.get("id"))
    voices = VOICES if voice in VOICES else {**VOICES, voice: voice}
    return {
        "settings": {
            "voice": voice,
            "turn_detection": _detection_name(config.turn_detection),
            "instructions": config.instructions,
            "output": config.output,
        },
        "choices": {
            "voices": [{"id": name, "label": label} for name, label in voices.items()],
            "turn_detection": [{"id": name, "label": label} for name, label in TURN_DETECTIONS.items()],
        },
    }


def _no_settings_view(core: SessionCore) -> dict[str, Any]:
    """Return what stands for the settings of a conversation where nobody converses."""
    detection = "none" if core.by_hand else "server_vad"
    settings = {"voice": "", "turn_detection": detection, "instructions": "", "output": "text"}
    return {"settings": settings, "choices": {"voices": [], "turn_detection": []}}


def _store_view(core: SessionCore) -> dict[str, Any] | None:
    if core.store is None or core.keeper is None:
        return None
    problem = core.keeper.problem
    return {"place": core.store.place, "problem": None if problem is None else str(problem)}


def _error_view(error: RealtimeError | None, status: str) -> dict[str, Any] | None:
    if error is None:
        return None
    fatal = status == "error" or (isinstance(error, EngineError) and not error.recoverable)
    return {"code": error.code or "", "message": error.message, "remedy": error.remedy or "", "fatal": fatal}


def _detection_name(detection: Any) -> str:
    if isinstance(detection, SemanticVAD):
        return "semantic_vad"
    return "server_vad" if isinstance(detection, ServerVAD) else "none"


def turn_view(turn: Turn, calls: list[ToolCall]) -> dict[str, Any]:
    """Return one turn as a panel shows it."""
    return {
        "id": turn.id,
        "role": turn.role,
        "text": turn.text,
        "heard_text": turn.heard_text if turn.interrupted else None,
        "status": turn.status,
        "uncertain": bool(turn.uncertain),
        "start_ms": turn.start_ms,
        "connection": turn.connection,
        "heard_estimated": turn.interrupted and (turn.heard_text_estimated or turn.heard_ms_estimated),
        # A call of another response was made for this answer; one of its own response came after the words.
        "calls": [call_view(call, leads=call.response_id != turn.response_id) for call in calls],
    }


def call_view(call: ToolCall, *, leads: bool = True) -> dict[str, Any]:
    """Return one call as a panel shows it; `leads` when it was made before the words of its turn."""
    return {
        "call_id": call.call_id,
        "name": call.name,
        "arguments": call.arguments_text,
        "output": call.output,
        "error": call.error,
        "status": call.status,
        "duration_ms": call.duration_ms,
        "version": call.version or 1,
        "leads": leads,
    }


def stand_in_view(turn_id: str, call: ToolCall) -> dict[str, Any]:
    """Return a call as a turn of its own, until the answer that it belongs to exists."""
    return {
        "id": turn_id,
        "role": "assistant",
        "text": "",
        "heard_text": None,
        "status": "in_progress" if call.status == "running" else "completed",
        "uncertain": False,
        "start_ms": call.started_ms,
        "connection": call.connection,
        "heard_estimated": False,
        "calls": [call_view(call)],
    }

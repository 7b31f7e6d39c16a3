import asyncio
import copy
import pickle

import pytest

from realtime_widget.engines import OpenAIEngine, URLEngine
from realtime_widget.errors import ConfigError, MissingKeyError

KEY = "sk-very-secret"


def test_openai_needs_a_key() -> None:
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
        asyncio.run(OpenAIEngine(None).open(model="m"))


def test_the_key_is_in_the_header_and_in_nothing_else() -> None:
    for engine in (OpenAIEngine(lambda: KEY), URLEngine("ws://h/v1", api_key=KEY)):
        endpoint = asyncio.run(engine.open(model="m"))
        assert endpoint.headers == {"Authorization": f"Bearer {KEY}"}
        assert KEY not in endpoint.url
        assert KEY not in repr(endpoint) + repr(engine) + str(vars(engine).get("name"))
    assert asyncio.run(OpenAIEngine(KEY).open(model="m")).url == "wss://api.openai.com/v1/realtime?model=m"


def test_a_server_by_url_gets_only_what_it_is_given() -> None:
    engine = URLEngine("ws://127.0.0.1:9/v1", headers={"api-key": "k"})
    endpoint = asyncio.run(engine.open(model="m"))
    assert (endpoint.headers, engine.name, engine.kind) == ({"api-key": "k"}, "127.0.0.1", "url")
    mine = URLEngine("ws://h/v1", api_key=KEY, headers={"Authorization": "mine"})
    assert asyncio.run(mine.open(model="m")).headers == {"Authorization": "mine"}
    asyncio.run(engine.close())
    asyncio.run(engine.close())


def test_a_key_in_the_url_is_in_no_repr() -> None:
    assert KEY not in repr(URLEngine(f"wss://me:{KEY}@h/v1?api-key={KEY}"))


def test_organization_project_and_the_end_user_are_headers() -> None:
    headers = {"OpenAI-Organization": "org", "OpenAI-Project": "proj", "OpenAI-Safety-Identifier": "u1"}
    for engine in (OpenAIEngine(KEY, headers=headers), URLEngine("ws://h/v1", api_key=KEY, headers=headers)):
        endpoint = asyncio.run(engine.open(model="m"))
        assert endpoint.headers == {**headers, "Authorization": f"Bearer {KEY}"}


def test_a_server_may_speak_the_shapes_of_the_beta() -> None:
    assert URLEngine("ws://h/v1").dialect == "ga"
    assert URLEngine("ws://h/v1", dialect="preview").dialect == "preview"
    with pytest.raises(ConfigError, match="'ga' or 'preview'"):
        URLEngine("ws://h/v1", dialect="beta")  # type: ignore[arg-type]


def test_an_engine_is_not_pickled_for_it_may_hold_a_key() -> None:
    for engine in (OpenAIEngine("sk-very-secret"), URLEngine("ws://h/v1", api_key="sk-very-secret")):
        with pytest.raises(TypeError, match="key"):
            pickle.dumps(engine)
        with pytest.raises(TypeError, match="key"):
            copy.copy(engine)

import marimo

__generated_with = "0.25.2"
app = marimo.App()


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Talk in marimo

    Press **Start** and ask, by voice or by typing: *How many rows for Berlin?* No key is needed: the offline engine
    answers. What is said is a value like any other, so the cells below follow the conversation.

    While a cell runs, marimo hears nothing from the page; keep cells short while you talk.
    """)
    return


@app.cell
def _():
    from typing import Literal

    import marimo as mo
    import pandas as pd

    from realtime_widget import RealtimeSession

    return Literal, RealtimeSession, mo, pd


@app.cell
def _(pd):
    trips = pd.DataFrame(
        {
            "city": ["Berlin", "Paris", "Berlin", "Rome", "Paris", "Berlin"],
            "days": [3, 5, 2, 7, 4, 6],
        }
    )
    trips
    return (trips,)


@app.cell
def _(Literal, RealtimeSession, trips):
    session = RealtimeSession(engine="local", title="Trips")


    @session.tool
    def rows(city: Literal["Berlin", "Paris", "Rome"]) -> int:
        """Number of rows for a city."""
        return len(trips[trips.city == city])

    return (session,)


@app.cell
def _(mo, session):
    panel = mo.ui.anywidget(session.panel())
    panel
    return (panel,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    `panel.value["transcript"]` is what was said. Cells that read it run again whenever a turn has ended.
    """)
    return


@app.cell
def _(mo, panel):
    said = panel.value["transcript"]
    mo.ui.table(said, selection=None) if said else mo.md("*Nothing has been said yet.*")
    return


@app.cell
def _(panel, session):
    # Reading the panel's value is what makes this cell follow; the tables hold much more than the value.
    panel.value
    session.tool_calls.df[["name", "arguments", "output", "duration_ms"]]
    return


@app.cell
def _(panel, session):
    panel.value
    session.recording
    return


if __name__ == "__main__":
    app.run()

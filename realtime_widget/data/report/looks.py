"""The looks of a report as a page: one style sheet, nothing from elsewhere, light, dark and on paper."""

__all__ = ["PAGE_STYLE", "STYLE"]

PAGE_STYLE = """
:root { color-scheme: light dark }
body { margin: 0; background: #fff; color: #1f2328; font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif }
@media screen and (prefers-color-scheme: dark) { body { background: #141517; color: #e6e8eb } }
.rtw-report { max-width: 61rem; margin: 0 auto; padding: 1.5rem clamp(.8rem, 3vw, 2rem) 3rem }
@media print { body { font-size: 10.5pt } .rtw-report { max-width: none; padding: 0 }
  .rtw-report nav { display: none } }
"""
"""Of a page of its own; in a notebook the notebook decides these."""

STYLE = """
.rtw-report.rtw-page { --soft: color-mix(in srgb, currentColor 72%, transparent);
  --line: color-mix(in srgb, currentColor 18%, transparent);
  --wash: color-mix(in srgb, currentColor 5%, transparent); overflow-wrap: anywhere; text-align: start }
.rtw-report.rtw-page h1 { font-size: 1.7em; line-height: 1.25; margin: 0 0 .15em; font-weight: 650 }
.rtw-report.rtw-page h2 { font-size: 1.2em; margin: 2.2em 0 .7em; padding-bottom: .3em; font-weight: 650;
  border-bottom: 1px solid var(--line) }
.rtw-report.rtw-page p { margin: .3em 0 }
.rtw-report.rtw-page .soft, .rtw-report.rtw-page nav { color: var(--soft) }
.rtw-report.rtw-page nav { margin: .7em 0 0; display: flex; flex-wrap: wrap; gap: .2em 1.1em }
.rtw-report.rtw-page nav a { color: inherit }
.rtw-report.rtw-page .figures { display: grid; grid-template-columns: repeat(var(--n), 1fr); gap: .6rem;
  margin: 1.4em 0 }
.rtw-report.rtw-page .figures div { background: var(--wash); border-radius: 8px; padding: .65em .8em }
.rtw-report.rtw-page .figures dt, .rtw-report.rtw-page .figures dd { all: unset; display: block;
  color: var(--soft); font-size: .84em;
  line-height: 1.4 }
.rtw-report.rtw-page .figures dd.value { color: inherit; font-size: 1.35em; font-weight: 600;
  white-space: nowrap; font-variant-numeric: tabular-nums }
.rtw-report.rtw-page .wide { overflow-x: auto; margin: .8em 0 }
.rtw-report.rtw-page .wide img { display: block; width: 100%; min-width: 40rem; max-width: 60rem;
  height: auto;
  border-radius: 6px }
.rtw-report.rtw-page table { border-collapse: collapse; font-size: .9em; font-variant-numeric: tabular-nums;
  margin: 0 }
.rtw-report.rtw-page th, .rtw-report.rtw-page td { padding: .32em .9em .32em 0; text-align: start;
  vertical-align: top;
  border-bottom: 1px solid var(--line); background: none; max-width: 34rem }
.rtw-report.rtw-page th { color: var(--soft); font-weight: 500; vertical-align: bottom;
  overflow-wrap: normal }
.rtw-report.rtw-page td { overflow-wrap: break-word; min-width: 2em }
.rtw-report.rtw-page td[dir]:not(:first-child) { overflow-wrap: anywhere; min-width: 7em }
.rtw-report.rtw-page .n { text-align: end }
.rtw-report.rtw-page td.n { white-space: nowrap }
.rtw-report.rtw-page code { font: .92em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  background: none; padding: 0; color: inherit }
.rtw-report.rtw-page .turn { display: grid; grid-template-columns: 4.2em 5.6em 1fr; gap: 0 .8em;
  padding: .4em 0 .4em .7em; border-inline-start: 3px solid var(--line); break-inside: avoid }
.rtw-report.rtw-page .turn.user { border-color: #2f93d1 }
.rtw-report.rtw-page .turn.assistant { border-color: #e69f00 }
.rtw-report.rtw-page .turn > * { min-width: 0 }
.rtw-report.rtw-page .turn time { color: var(--soft); font-variant-numeric: tabular-nums }
.rtw-report.rtw-page .turn .said { white-space: pre-wrap }
.rtw-report.rtw-page .call { font-size: .92em; color: var(--soft) }
.rtw-report.rtw-page .call::before { content: "⚙ " }
.rtw-report.rtw-page .failed { color: #b3261e; color: light-dark(#b3261e, #ff9b90) }
.rtw-report.rtw-page del { color: var(--soft); text-decoration-thickness: 1px }
.rtw-report.rtw-page .cut { text-align: center; padding: 1em; color: var(--soft); font-style: italic }
@media (max-width: 52rem) {
  .rtw-report.rtw-page .figures { grid-template-columns: repeat(auto-fill, minmax(8.6rem, 1fr)) } }
@media (max-width: 34rem) { .rtw-report.rtw-page .turn { grid-template-columns: 4.2em 1fr }
  .rtw-report.rtw-page .turn > .what { grid-column: 1 / -1 } }
"""
"""Of the report itself, and of nothing around it; colours follow those of the text around it.

Notebooks have rules of their own for tables, lists and code,
  so all of these weigh more: the report has two classes.
"""

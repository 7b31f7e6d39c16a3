"""What axe-core finds wrong with a part of a page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async (root) => {
  const { violations } = await axe.run(root, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help, nodes: nodes.map(({ target, failureSummary }) => [target.join(" "), failureSummary]),
  }));
}"""
GRAVE = ("serious", "critical")


def violations(page: Page, root: str = ".rtw") -> list[dict[str, Any]]:
    """Everything that axe-core objects to within an element, by whatever impact."""
    if not page.evaluate("() => 'axe' in window"):
        # Evaluated, not added as a script: a module loader of the page would catch it.
        page.evaluate(f"() => {{ const module = undefined, define = undefined; {AXE.read_text()} }}")
    found: list[dict[str, Any]] = page.evaluate(RUN, root)
    return found


def grave(found: list[dict[str, Any]]) -> list[str]:
    """The serious and critical ones, a line each."""
    return [
        f"{violation['impact']} {violation['id']}: {violation['help']} at {violation['nodes']}"
        for violation in found
        if violation["impact"] in GRAVE
    ]

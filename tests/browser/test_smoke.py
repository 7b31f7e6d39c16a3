"""The fixtures themselves: a widget in real JupyterLab, its kernel, and the fake microphone."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser, OpenNotebook
from tests.browser.lab import LabServer
from tests.browser.microphone import write_microphone

COUNTER = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    function render({ model, el }) {
      const button = document.createElement("button");
      button.className = "counter";
      const show = () => { button.textContent = `count is ${model.get("value")}`; };
      button.onclick = () => { model.set("value", model.get("value") + 1); model.save_changes(); };
      model.on("change:value", show);
      show();
      el.append(button);
    }
    export default { render };
    """
    value = traitlets.Int(0).tag(sync=True)

counter = Counter()
counter
'''

LOUDEST = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false,
    noiseSuppression: false, autoGainControl: false } });
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 8192 });
  context.createMediaStreamSource(stream).connect(analyser);
  await context.resume();
  const bins = new Float32Array(analyser.frequencyBinCount).fill(-Infinity);
  let loudest = 0;
  for (let tries = 0; tries < 50 && !(bins[loudest] > -40); tries++) {
    await new Promise(done => setTimeout(done, 100));
    analyser.getFloatFrequencyData(bins);
    loudest = bins.indexOf(Math.max(...bins));
  }
  for (const track of stream.getTracks()) track.stop();
  return loudest * context.sampleRate / analyser.fftSize;
}"""


def test_a_widget_counts_in_the_page_and_in_the_kernel(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(COUNTER, "done = True")
    notebook.run_all()
    assert notebook.kernel.value("done") is True
    notebook.output("button.counter").click()
    expect(notebook.output("button.counter")).to_have_text("count is 1")
    assert notebook.kernel.wait_for("counter.value") == 1


def test_a_reloaded_page_finds_the_kernel_as_it_was(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(COUNTER, "counter.value = 7")
    notebook.run_all()
    notebook.reload()
    expect(notebook.output("button.counter")).to_have_text("count is 7")
    assert notebook.kernel.value("counter.value") == 7


def test_the_page_hears_what_the_wav_says(open_browser: OpenBrowser, lab: LabServer, tmp_path: Path) -> None:
    seconds = np.arange(48_000 * 3) / 48_000
    tone = (np.sin(2 * np.pi * 1000 * seconds) * 20_000).astype(np.int16)
    wav = write_microphone(tmp_path / "tone.wav", tone, 48_000, before_ms=300, after_ms=1_000)
    page = open_browser(microphone=wav).new_page()
    page.goto(f"{lab.url}/api")
    peak_hz = page.evaluate(LOUDEST)
    assert peak_hz == pytest.approx(1000, abs=50)


def test_a_page_without_permission_or_device_is_told_so(open_browser: OpenBrowser, lab: LabServer) -> None:
    ask = "() => navigator.mediaDevices.getUserMedia({audio: true}).then(() => 'open', e => e.name)"
    for device, permit, answer in ((True, False, "NotAllowedError"), (False, True, "NotFoundError")):
        page = open_browser(device=device, permit=permit).new_page()
        page.goto(f"{lab.url}/api")
        assert page.evaluate(ask) == answer

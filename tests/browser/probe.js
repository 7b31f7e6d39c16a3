// What a test wants to know of the browser's sound: microphones that were asked for, and what goes to the loudspeaker.
// Installed before the page's own scripts; it listens, changes nothing,
// and speaks only when told to.
(() => {
  const probe = { asked: 0, tracks: [], taps: [], levels: [] };
  window.soundProbe = probe;

  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      probe.asked++;
      const stream = await open(constraints);
      probe.tracks.push(...stream.getTracks());
      return stream;
    };
  }

  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) probe.tap(this);
    if (this instanceof MediaStreamAudioSourceNode) {
      probe.microphone = analyser(this);
      probe.ear = to;
    }
    return connect.call(this, to, ...more);
  };

  function analyser(node) {
    const tap = new AnalyserNode(node.context, { fftSize: 2048 });
    connect.call(node, tap);
    return tap;
  }

  const frame = new Float32Array(2048);
  function peak(tap) {
    if (tap.context.state !== "running") return 0;
    tap.getFloatTimeDomainData(frame);
    return frame.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  }

  probe.tap = (node) => probe.taps.push(analyser(node));
  /** Peaks (0..1) over the last 40 ms or so, now. */
  probe.loudness = () => Math.max(0, ...probe.taps.map(peak));
  probe.heard = () => (probe.microphone ? peak(probe.microphone) : 0);
  probe.spoken = () => (probe.mouth ? peak(probe.mouth) : 0);
  probe.live = () => probe.tracks.filter((track) => track.readyState === "live").length;
  /** Say a WAV (base64) into the open microphone; resolves when it has been said. */
  probe.say = async (wav) => {
    const { context } = probe.ear;
    const { buffer: bytes } = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
    const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes) });
    const said = new Promise((resolve) => source.addEventListener("ended", resolve));
    connect.call(source, probe.ear);
    probe.mouth = analyser(source);
    probe.saying = true;
    source.start();
    await said;
    probe.saying = false;
  };
  /** Every 30 ms the loudness of what is played; `loud_ms` is the time with sound. */
  probe.loud_ms = 0;
  setInterval(() => {
    if (probe.loudness() > 0.01) probe.loud_ms += 30;
  }, 30);
})();

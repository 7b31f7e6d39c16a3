// Notes when sound begins and ends at the loudspeaker: a worklet beside everything that is connected to it, which
// looks at each block of 128 samples. `soundTap` is a list of [began, ms] and [silent, ms], in ms since the epoch;
// `soundLatency` gives how long it is then on its way to the loudspeaker, in ms.
(() => {
  window.soundTap = [];
  const code = `registerProcessor("tap", class extends AudioWorkletProcessor {
    constructor() { super(); this.loud = false; this.quiet = 0; }
    process([input]) {
      const samples = input[0];
      const loud = !!samples && samples.some((value) => Math.abs(value) > 1e-4);
      this.quiet = loud ? 0 : this.quiet + 1;
      if (loud && !this.loud) { this.loud = true; this.port.postMessage(["began", Date.now()]); }
      if (this.loud && this.quiet === 1) this.silent_at = Date.now();
      if (this.loud && this.quiet > 40) { this.loud = false; this.port.postMessage(["silent", this.silent_at]); }
      return true;
    }
  });`;
  const contexts = new WeakMap();
  window.soundLatency = () => 0;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) void tap(this);
    return connect.call(this, to, ...more);
  };
  async function tap(node) {
    const { context } = node;
    window.soundLatency = () => 1000 * (context.outputLatency || context.baseLatency || 0);
    if (!contexts.has(context)) {
      const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      contexts.set(context, context.audioWorklet.addModule(url));
    }
    await contexts.get(context);
    const ear = new AudioWorkletNode(context, "tap", { numberOfOutputs: 1 });
    ear.port.onmessage = ({ data }) => window.soundTap.push(data);
    connect.call(node, ear);
    connect.call(ear, context.destination);
  }
})();

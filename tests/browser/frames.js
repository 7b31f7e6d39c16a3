// What a test wants to know of the microphone's frames: which left the page over the kernel's socket, and when.
// It reads what is sent, whichever module of the page sent it and by whichever route.
() => {
  const frames = [];
  window.sentFrames = frames;
  const text = new TextDecoder();
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    note(data);
    return send.call(this, data);
  };

  function note(data) {
    const bytes = data instanceof ArrayBuffer ? data : data?.buffer;
    if (!(bytes instanceof ArrayBuffer) || bytes.byteLength < 64) return;
    const base = data.byteOffset ?? 0;
    const view = new DataView(bytes, base);
    const n = Number(view.getBigUint64(0, true));
    if (n < 6 || n > 16) return;
    const at = Array.from({ length: n }, (_, i) => Number(view.getBigUint64(8 * (i + 1), true)));
    if (n === 6) return; // channel, header, parent, metadata, content, and no buffer
    const content = JSON.parse(text.decode(new Uint8Array(bytes, base + at[4], at[5] - at[4])));
    const message = content.data?.content;
    if (message?.type !== "audio") return;
    const samples = (at[n - 1] - at[n - 2]) / 2;
    frames.push([message.first_sample, samples, message.captured_ms, performance.timeOrigin + performance.now()]);
  }
}

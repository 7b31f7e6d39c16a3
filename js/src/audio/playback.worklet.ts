/** The loudspeaker's end on the audio thread: the port feeds the voice, the voice fills the block. */

import { type PlaybackCommand, Voice } from "./voice";

class PlaybackProcessor extends AudioWorkletProcessor {
  private alive = true;
  private readonly voice = new Voice(sampleRate, (report) => this.port.postMessage(report));

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent) => this.command(event.data as PlaybackCommand);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0];
    const first = channels?.[0];
    if (channels === undefined || first === undefined) return this.alive;
    this.voice.render(first, currentTime);
    for (let i = 1; i < channels.length; i++) channels[i]!.set(first);
    return this.alive;
  }

  private command(command: PlaybackCommand): void {
    switch (command.kind) {
      case "push":
        this.voice.push(command.part, new Int16Array(command.buffer));
        break;
      case "end":
        this.voice.end(command.part);
        break;
      case "clear":
        this.voice.clear(command.id);
        break;
      case "stop":
        this.alive = false;
        break;
    }
  }
}

registerProcessor("rtw-playback", PlaybackProcessor);

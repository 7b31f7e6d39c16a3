/** The microphone's end on the audio thread: hand each block to the chunker, post what it fills. */

import { type CaptureChunk, type CaptureCommand, Chunker } from "./chunker";

class CaptureProcessor extends AudioWorkletProcessor {
  private alive = true;
  private readonly chunker = new Chunker(sampleRate, (chunk: CaptureChunk) =>
    this.port.postMessage({ ...chunk, time: currentTime }, [chunk.buffer]),
  );

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent) => this.command(event.data as CaptureCommand);
  }

  process(inputs: Float32Array[][]): boolean {
    const block = inputs[0]?.[0];
    if (block !== undefined && this.alive) this.chunker.process(block);
    return this.alive;
  }

  private command(command: CaptureCommand): void {
    switch (command.kind) {
      case "chunk_ms":
        this.chunker.setChunk(command.chunk_ms);
        break;
      case "recycle":
        this.chunker.recycle(command.buffer);
        break;
      case "flush":
        this.chunker.flush();
        this.port.postMessage({ kind: "flushed", id: command.id });
        break;
      case "stop":
        this.chunker.flush();
        this.alive = false;
        break;
    }
  }
}

registerProcessor("rtw-capture", CaptureProcessor);

/** Sound as hosts hand it over: 16-bit little-endian samples in whatever shape a comm carries bytes. */

/**
 * Copy the 16-bit samples out of a comm buffer (any view, any alignment, odd trailing byte dropped). Hosts that carry
 * JSON only hand over base64 text. Null for anything else.
 */
export function toInt16(buffer: unknown): Int16Array<ArrayBuffer> | null {
  const bytes = toBytes(buffer);
  if (bytes === null) return null;
  const samples = new Int16Array(bytes.length >> 1);
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.length * 2));
  return samples;
}

function toBytes(buffer: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(buffer)) {
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
  // A buffer that was made in another frame is no instance of this frame's class.
  if (Object.prototype.toString.call(buffer) === "[object ArrayBuffer]") {
    return new Uint8Array(buffer as ArrayBuffer);
  }
  if (typeof buffer !== "string") return null;
  try {
    return Uint8Array.from(atob(buffer), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

/** PCM maths: integers, floats, levels; touches no browser object. */

/** Write one float (-1 to 1, clipped beyond) as a 16-bit integer. */
export function floatToInt16(value: number): number {
  const scaled = Math.round(value * 32_768);
  return scaled > 32_767 ? 32_767 : scaled < -32_768 ? -32_768 : scaled;
}

/** Map a linear level to 0..1 on a scale of 60 dB. */
export function meterScale(level: number): number {
  if (level <= 0.001) return 0;
  return Math.min(1, 1 + (20 * Math.log10(level)) / 60);
}

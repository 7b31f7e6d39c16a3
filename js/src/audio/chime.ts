/** The test sound: two soft notes, a fifth apart. */

const NOTES = [
  { at_s: 0, hertz: 523.25 },
  { at_s: 0.16, hertz: 783.99 },
];
export const CHIME_S = 0.9;
const ATTACK_S = 0.012;
const DECAY_S = 0.18;
const PEAK = 0.22;

/** Return the samples of the chime at a rate. */
export function chime(sample_rate: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(CHIME_S * sample_rate));
  for (const { at_s, hertz } of NOTES) {
    for (let i = Math.round(at_s * sample_rate); i < samples.length; i++) {
      const t = i / sample_rate - at_s;
      const left_s = CHIME_S - i / sample_rate;
      const shape = Math.min(1, t / ATTACK_S) * Math.exp(-t / DECAY_S) * Math.min(1, left_s / 0.05);
      const phase = 2 * Math.PI * hertz * t;
      samples[i]! += PEAK * shape * (Math.sin(phase) + 0.25 * Math.sin(2 * phase));
    }
  }
  return samples;
}

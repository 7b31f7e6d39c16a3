/** Times, durations and tool calls as short text. */

/** 75_000 -> "1:15"; with hours "1:02:03". */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = String(s).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${tail}` : `${m}:${tail}`;
}

/** 12.3 -> "12 ms", 1234 -> "1.2 s". */
export function duration(ms: number): string {
  if (ms < 1) return "<1 ms";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The arguments of a call as they would stand in a cell: `city="Bern", top=3`; raw text where they are no object. */
export function callArguments(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return json;
    return Object.entries(value)
      .map(([name, item]) => `${name}=${JSON.stringify(item)}`)
      .join(", ");
  } catch {
    return json;
  }
}

/** Indent JSON; anything else stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The first line, cut to a length. */
export function brief(text: string, limit = 80): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  return line.length > limit || line.length < text.trim().length ? `${line.slice(0, limit - 1)}…` : line;
}

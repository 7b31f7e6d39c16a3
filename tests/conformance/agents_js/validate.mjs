// Check events (a JSON array on stdin) against the schemas of `@openai/agents-realtime`, which drops silently what
// isn't valid. They aren't exported, hence the path.

import { readFileSync } from "node:fs";
import { parseRealtimeEvent } from "./node_modules/@openai/agents-realtime/dist/openaiRealtimeEvents.mjs";

const events = JSON.parse(readFileSync(0, "utf8"));
const wrong = events
  .map((event) => JSON.stringify(event))
  .filter((data) => parseRealtimeEvent({ data }).isGeneric)
  .map((data) => ({ by: "@openai/agents-realtime", event: data.slice(0, 1500) }));
process.stdout.write(
  JSON.stringify({ checked: events.length, by: ["@openai/agents-realtime"], wrong: wrong.slice(0, 20) }),
);

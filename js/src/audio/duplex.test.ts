import { expect, it } from "vitest";
import { ECHO_TAIL_MS, HalfDuplex } from "./duplex";

it("covers the voice, the way to the loudspeaker, and the room", () => {
  let now_ms = 1000;
  const duplex = new HalfDuplex(
    () => 40,
    () => now_ms,
  );
  expect(duplex.covers(0)).toBe(false);
  duplex.sound(true);
  expect(duplex.covers(5000)).toBe(true);
  now_ms = 2000;
  duplex.sound(false);
  now_ms = 9000;
  duplex.sound(false);
  expect(duplex.covers(2000 + 40 + ECHO_TAIL_MS - 1)).toBe(true);
  expect(duplex.covers(2000 + 40 + ECHO_TAIL_MS)).toBe(false);
});

import { defineConfig } from "vitest/config";
import { vitestWorkletPlugin } from "./worklet-plugin.mjs";

const dom = ["src/views/**/*.test.ts", "src/*.dom.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [vitestWorkletPlugin()],
        test: {
          name: "node",
          environment: "node",
          testTimeout: 30_000,
          include: ["src/**/*.test.ts"],
          exclude: dom,
        },
      },
      {
        plugins: [vitestWorkletPlugin()],
        test: { name: "dom", environment: "happy-dom", testTimeout: 30_000, include: dom },
      },
    ],
  },
});

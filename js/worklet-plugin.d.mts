import type { Plugin } from "vitest/config";

export function vitestWorkletPlugin(): Plugin;

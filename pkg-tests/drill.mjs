// The crash drill in a real browser: the packed package in Chromium against the co-signer's binary, killed where a seed says. One line of
// JSON for each run.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { play } from "./harness/crash.mjs";
import { drawPlan } from "./harness/plan.mjs";
import { Stage } from "./harness/stage.mjs";

const HELP = `node drill.mjs [--seed S] [--runs N] [--from N] [--json FILE]

  --seed S     what the runs are drawn from: the same seed, the same runs (1)
  --runs N     how many (6)
  --from N     the number of the first (0)
  --json FILE  writes what was found to a file: runs, lost, stuck, doubleLive, untidy`;

const HARMS = ["lost", "stuck", "doubleLive", "untidy"];

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "6" },
    from: { type: "string", default: "0" },
    json: { type: "string" },
    help: { type: "boolean" },
  },
});

async function main() {
  if (values.help) return console.log(HELP);
  const [seed, runs, from] = [values.seed, values.runs, values.from].map(Number);
  const found = { runs: 0, lost: 0, stuck: 0, doubleLive: 0, untidy: 0, fallen: 0, planned: 0 };
  const stage = await Stage.set();
  try {
    for (let number = from; number < from + runs; number += 1) {
      const plan = drawPlan(seed, number);
      const run = await play(stage, plan, `drill-${number}`);
      console.log(JSON.stringify({ number, ...run, plan }));
      found.runs += 1;
      found.fallen += run.fallen;
      found.planned += plan.blows.length;
      if (run.harm) {
        found[run.harm] += 1;
        console.log(`again: cargo xtask drill --seed ${seed} --replay 'browser|${number}'`);
      }
    }
  } finally {
    await stage.strike();
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(found, undefined, 2)}\n`);
  if (HARMS.some((harm) => found[harm] > 0)) process.exitCode = 1;
}

await main();

// Drives the demo's whole claim in a headless browser, and says what it saw.
//
//   node demo-check.mjs --url http://localhost:8400 --cosigner http://localhost:8787 --chromium PATH
//                       [--json FILE] [--screenshots DIR]
//
// Ends with 0 only if it holds for every wallet that the new share signs, the old one, which signed before, is refused, and the
// receipt verifies, and with it the signed refusal; if all that holds after the shares were changed again; if the app takes a proof of
// ownership, and takes it once; if a second passkey opens the wallets in a browser that has forgotten them; and if a claim whose tab dies,
// and whose line is cut, ends well.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBrowser } from "./harness/browser.mjs";
import { Demo } from "./harness/demo.mjs";

const STRING = { type: "string" };
const { values } = parseArgs({ options: { url: STRING, cosigner: STRING, chromium: STRING, json: STRING, screenshots: STRING } });

const WIDE = { width: 1200, height: 860 };
const NARROW = { width: 360, height: 740 };

async function main({ url, cosigner, chromium, json, screenshots }) {
  if (!url || !cosigner) throw new Error("--url and --cosigner are needed: the addresses of the demo and of its co-signer.");
  const browser = await startBrowser({ executablePath: chromium });
  try {
    const report = await check(browser, url, cosigner);
    if (screenshots) await photograph(browser, url, screenshots);
    if (json) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
    const holds = report.newShareSigns && report.oldShareSignedBefore && report.oldShareRefused && report.receiptVerifies && report.refusalVerifies;
    console.log(holds ? "Each new share signs, each old one is refused, each receipt and each refusal verifies." : "The claim does NOT hold.");
    console.log(report.rotates ? "It holds after a rotation, too." : "It does NOT hold after a rotation.");
    console.log(report.proves ? "The app takes a proof that they are the person's, once." : "The app does NOT take a proof once.");
    console.log(report.addsPasskey ? "A second passkey opens them." : "A second passkey does NOT open them.");
    console.log(report.survivesABreak ? "A claim that is broken ends well." : "A claim that is broken does NOT end well.");
    return holds && report.rotates && report.proves && report.addsPasskey && report.survivesABreak;
  } finally {
    await browser.close();
  }
}

async function check(browser, url, cosigner) {
  const steps = [];
  const step = async (name, work) => {
    const start = performance.now();
    const result = await work();
    const ms = Math.round((performance.now() - start) * 10) / 10;
    steps.push({ name, ms });
    console.log(`${name.padEnd(28)} ${ms.toFixed(1).padStart(8)} ms`);
    return result;
  };

  const demo = await step("open the page", () => Demo.open({ browser, url }));
  const traffic = await Traffic.of(demo.page, cosigner);
  await step("arrive as someone new", () => demo.arriveAsSomeoneNew());
  const { page } = demo;
  const waiting = await demo.wallets("waiting-wallets");
  // A refusal after the claim says something only if the same share signed before it.
  const before = await step("sign with the old shares", () => demo.signWithPreparedShares());
  await demo.forgetTasks();
  await step("claim the wallets", () => demo.claim());
  const claim = await traffic.whenQuiet();
  for (const { phase, ms } of await readSteps(page)) console.log(`  ${phase.padEnd(42)} ${ms}`);
  const claimed = await demo.wallets("wallets");
  const longestTaskMs = await demo.longestTask();
  const signed = await step("sign with the new shares", () => demo.sign());
  const old = await step("try the old shares again", () => demo.tryOldShares());
  const receipts = await step("verify receipts and refusals", () => demo.verifyReceipts());
  const [signing, refused, verifying] = await Promise.all(["sign", "old", "receipt"].map((name) => demo.goodParts(name)));
  const evident = await demo.refusedParts();
  await step("reload and unlock again", async () => {
    await page.reload();
    await demo.unlock();
  });
  const rotates = await step("change the shares again", () => holdsOnceRotated(demo, claimed));
  const proves = await step("show the app a proof, twice", () => isTakenOnce(demo));
  const addsPasskey = await step("add a second passkey, use it", () => opensOnTheSecond(demo));
  const survivesABreak = await step("break a claim, come back", () => survives(demo));
  for (const complaint of demo.complaints) console.log(`The page complains: ${complaint}`);
  await demo.close();

  const wallets = waiting.map(({ type, address, epoch }) => ({
    type,
    address,
    epochBefore: epoch,
    epochAfter: claimed.find((wallet) => wallet.type === type && wallet.address === address)?.epoch,
    newShareSigns: signed.startsWith("Signed.") && signing.includes(type),
    oldShareSignedBefore: before.some((answer) => answer.type === type && answer.refused === false),
    oldShareRefused: old.startsWith("Refused.") && refused.includes(type),
    receiptVerifies: receipts.startsWith("Each receipt is genuine.") && verifying.includes(type),
    refusalVerifies: receipts.includes("So is each refusal") && evident.includes(type),
  }));
  const holdsForEach = (name) => wallets.length === 2 && wallets.every((wallet) => wallet[name]);
  const [{ address, epochBefore, epochAfter }] = wallets;
  const report = {
    steps,
    ...claim,
    address,
    epochBefore,
    epochAfter,
    longestTaskMs,
    newShareSigns: holdsForEach("newShareSigns"),
    oldShareSignedBefore: holdsForEach("oldShareSignedBefore"),
    oldShareRefused: holdsForEach("oldShareRefused"),
    receiptVerifies: holdsForEach("receiptVerifies"),
    refusalVerifies: holdsForEach("refusalVerifies"),
    rotates,
    proves,
    addsPasskey,
    survivesABreak,
    wallets,
  };
  console.log(`${report.requests} requests (and ${report.preflights} preflights), ${report.bytesUp} bytes up, ${report.bytesDown} bytes down`);
  console.log(`longest task on the page's thread during the claim: ${longestTaskMs === 0 ? "none over 50 ms" : `${longestTaskMs} ms`}`);
  for (const { type, address, epochBefore, epochAfter } of wallets) console.log(`${type.padEnd(7)} ${address}, epoch ${epochBefore} → ${epochAfter}`);
  return report;
}

/** Whether the new shares sign and the old ones are refused after a rotation, which moves each wallet by one epoch and by nothing else. */
async function holdsOnceRotated(demo, claimed) {
  const said = await demo.rotate();
  const expected = claimed.map((wallet) => ({ ...wallet, epoch: wallet.epoch + 1 }));
  const isMoved = JSON.stringify(await demo.wallets("wallets")) === JSON.stringify(expected);
  const [signed, old, receipts] = [await demo.sign(), await demo.tryOldShares(), await demo.verifyReceipts()];
  const isKept = (await demo.allKeptReceipts()).every(({ length }) => length === 2);
  const isSaid = said.startsWith("Both shares") && signed.startsWith("Signed.") && old.startsWith("Refused.");
  return isMoved && isKept && isSaid && receipts.includes("So is each refusal");
}

/** Whether the app takes a proof of each wallet, and refuses the same proofs shown again. */
async function isTakenOnce(demo) {
  const said = await demo.prove();
  const parts = await demo.goodParts("proof");
  const again = await demo.proveAgain();
  return said.startsWith("The app has checked it") && parts.length === 2 && again.startsWith("Refused.");
}

/** Whether a passkey that was added on a second device gets the wallets back alone, in a browser that has forgotten them, and signs. */
async function opensOnTheSecond(demo) {
  try {
    await demo.passkeys(1);
    const { device, said } = await demo.addPasskey("A second device");
    await demo.passkeys(2);
    await demo.forget();
    await demo.heading("Your wallets are not in this browser").waitFor();
    await demo.takeUp(device, demo.authenticator);
    await demo.restore();
    const current = (await demo.passkeys(2)).find((passkey) => passkey.current);
    const signed = await demo.sign();
    await demo.takeUp(demo.authenticator, device);
    return said.includes("opens these wallets now") && current?.name === "A second device" && signed.startsWith("Signed.");
  } catch (error) {
    console.log(`The second passkey: ${error.message}`);
    return false;
  }
}

/** Whether a claim ends well whose tab dies before the old shares are retired, and whose line is cut after that the next time. */
async function survives(demo) {
  const isSigned = (answers) => answers.length === 2 && answers.every(({ refused }) => refused === false);
  try {
    await demo.arriveAsSomeoneNew();
    await demo.breakClaim({ phase: "commit", how: "dies" });
    const first = await demo.found();
    const between = await demo.signWithPreparedShares();
    await demo.breakClaim({ phase: "commit", how: "after" });
    const second = await demo.found();
    await demo.unlock();
    const [signed, old] = [await demo.sign(), await demo.tryOldShares()];
    const isRight = first.outcome === "rolledBack" && isSigned(between) && second.outcome === "finished";
    return isRight && signed.startsWith("Signed.") && old.startsWith("Refused.");
  } catch (error) {
    console.log(`The broken claim: ${error.message}`);
    return false;
  }
}

/** What the page begins once the claim is over, so that «Unlock» prompts directly. */
const AFTER_CLAIM = "/v1/unlock/start";

/** What goes to the co-signer and comes back for a claim: bodies, without headers. */
class Traffic {
  #counted = { requests: 0, preflights: 0, bytesUp: 0, bytesDown: 0 };
  #open = new Map();

  static async of(page, cosigner) {
    const traffic = new Traffic();
    const session = await page.context().newCDPSession(page);
    session.on("Network.requestWillBeSent", ({ requestId, request }) => {
      const { origin, pathname } = new URL(request.url);
      if (origin !== new URL(cosigner).origin || pathname === AFTER_CLAIM) return;
      if (request.method === "OPTIONS") {
        traffic.#counted.preflights += 1;
        return;
      }
      traffic.#counted.requests += 1;
      for (const { bytes } of request.postDataEntries ?? []) traffic.#counted.bytesUp += Buffer.byteLength(bytes ?? "", "base64");
      traffic.#open.set(requestId, 0);
    });
    session.on("Network.dataReceived", ({ requestId, dataLength }) => {
      if (traffic.#open.has(requestId)) traffic.#counted.bytesDown += dataLength;
    });
    for (const event of ["Network.loadingFinished", "Network.loadingFailed"]) {
      session.on(event, ({ requestId }) => traffic.#open.delete(requestId));
    }
    await session.send("Network.enable");
    return traffic;
  }

  /** The counts, once no request is under way. */
  async whenQuiet() {
    const end = Date.now() + 5_000;
    do await new Promise((resolve) => setTimeout(resolve, 100));
    while (this.#open.size > 0 && Date.now() < end);
    return { ...this.#counted };
  }
}

async function readSteps(page) {
  return page.$$eval("#steps li", (items) => items.map((item) => ({ phase: item.firstChild.textContent, ms: item.lastChild.textContent })));
}

/** Takes pictures of each main state, wide and narrow, light and dark. */
async function photograph(browser, url, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [width, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
    for (const colorScheme of ["light", "dark"]) {
      const demo = await Demo.open({ browser, url, options: { viewport, colorScheme, reducedMotion: "reduce" } });
      const picture = (name) => picturesIn(folder, `${width}-${colorScheme}`)(demo, name);
      await demo.heading("Who has arrived?").waitFor();
      await picture("1-arrival");
      await demo.arriveAsSomeoneNew();
      await picture("2-waiting");
      await demo.openPanel("Break it: what if it is interrupted?");
      await picture("2-waiting-break-it");
      await demo.page.reload();
      await demo.page.locator("#claim:enabled").waitFor();
      await demo.authenticator.refuse();
      await demo.button("Take over with a passkey").click();
      await demo.notice();
      await demo.page.locator("#claim:enabled").waitFor();
      await picture("3-error");
      await demo.authenticator.replace();
      await demo.button("Try again").click();
      // Held up for as long as the picture takes.
      let letGo;
      const held = new Promise((resolve) => (letGo = resolve));
      await demo.page.route("**/v1/claim/confirm", async (route) => {
        await held;
        await route.continue();
      });
      const claimed = demo.claim();
      await demo.page.locator('#steps [data-state="now"]', { hasText: "Signing once" }).waitFor();
      await picture("4-claiming");
      letGo();
      await claimed;
      await picture("5-claimed");
      await demo.sign();
      await demo.tryOldShares();
      await demo.verifyReceipts();
      await demo.prove();
      await demo.proveAgain();
      const device = await demo.takeSecondDevice();
      await demo.makePasskey("Ada's phone");
      await picture("6-second-passkey");
      await demo.takeUp(demo.authenticator, device);
      await demo.button("Approve with the passkey that you use now").click();
      await demo.passkeys(2);
      for (const screen of ["Home", "Sign", "Security", "Receipts", "Fault lab"]) {
        await demo.go(screen);
        await picture(`6-${screen.toLowerCase().replace(" ", "-")}`);
      }
      await demo.forget();
      await demo.heading("Your wallets are not in this browser").waitFor();
      await picture("7-elsewhere");
      await demo.restore();
      await picture("8-restored");
      await demo.arriveAsSomeoneNew();
      await demo.breakClaim({ phase: "commit", how: "dies" });
      await demo.found();
      await picture("9-taken-back");
      await demo.breakClaim({ phase: "commit", how: "after" });
      await demo.found();
      await picture("9-finished");
      await demo.close();
      await photographSessions(browser, url, { viewport, colorScheme }, picturesIn(folder, `${width}-${colorScheme}`));
    }
  }
  console.log(`Pictures are in ${folder}`);
}

/** Takes pictures of a session's states, of a rotation, and of what a browser lacks. */
async function photographSessions(browser, url, options, picture) {
  const MINUTE = 60_000;
  const open = (more) => Demo.open({ browser, url, options: { ...options, reducedMotion: "reduce" }, ...more });
  // A clock that is wrong, and that is moved on.
  const demo = await open({ clock: Date.now() - 12 * MINUTE });
  await demo.arriveAsSomeoneNew();
  await demo.claim();
  await demo.unlockElsewhere("Ada's phone");
  await demo.go("Security");
  await demo.button("Look again").click();
  await demo.sessions(2);
  await demo.rotate();
  await picture(demo, "10-rotated");
  // The list is asked for in between: a session that nobody uses would lock itself first.
  for (let times = 0; times < 3; times += 1) {
    await demo.page.clock.fastForward(29 * MINUTE);
    const listed = demo.page.waitForResponse((response) => response.url().endsWith("/v1/session/list") && response.ok());
    await demo.button("Look again").click();
    await listed;
  }
  await demo.page.clock.fastForward(2.2 * MINUTE);
  await demo.page.locator("#expiring").waitFor();
  await picture(demo, "11-expiring");
  await demo.page.clock.fastForward(MINUTE);
  await demo.ended("expired");
  await picture(demo, "12-expired");
  await demo.unlock();
  await demo.unlockElsewhere("Ada's phone");
  await demo.page.evaluate(() => window.elsewhere.revoke({ others: true }));
  await demo.go("Sign");
  await demo.button("Sign").click();
  await demo.notice();
  await picture(demo, "13-revoked");
  await demo.go("Security");
  await demo.button("Lock everywhere").click();
  await demo.sessionsVerdict();
  await picture(demo, "14-locked-everywhere");
  await demo.close();
  const lacking = await open({ prepare: () => delete window.PublicKeyCredential });
  await lacking.button("Start over as someone new").click();
  await lacking.heading(/^Your wallets are waiting/).waitFor();
  await picture(lacking, "15-without-passkeys");
  await lacking.close();
}

const picturesIn = (folder, how) => (demo, name) => demo.page.screenshot({ path: join(folder, `${name}-${how}.png`), fullPage: true });

main(values).then(
  (holds) => (process.exitCode = holds ? 0 : 1),
  (error) => {
    console.error(`The check stopped: ${error.message}`);
    process.exitCode = 1;
  },
);

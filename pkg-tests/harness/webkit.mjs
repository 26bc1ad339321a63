// WebKitGTK, driven: an engine without passkeys.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { Program } from "./process.mjs";
import { DrivenPage, program } from "./webdriver.mjs";

/** Opens a page in WebKitGTK's browser, on a screen of its own that nobody sees. It keeps nothing when it is closed. */
export function openWebKit() {
  return DrivenPage.open(async () => {
    const screen = await Screen.open();
    const starting = Program.start({
      name: "WebKitWebDriver",
      command: program("WEBKITDRIVER", "WebKitWebDriver"),
      words: ["--port=0"],
      environment: { DISPLAY: screen.name },
    });
    const stop = () => starting.then((driver) => driver.stop()).finally(() => screen.close());
    try {
      const port = await (await starting).port();
      return { driver: { stop }, address: `http://127.0.0.1:${port}`, capabilities: {} };
    } catch (error) {
      await stop();
      throw error;
    }
  });
}

/** A virtual screen. */
class Screen {
  #server;

  static async open() {
    const screen = new Screen();
    screen.#server = spawn(program("XVFB", "Xvfb"), ["-displayfd", "3", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const [number] = await Promise.race([once(screen.#server.stdio[3], "data"), once(screen.#server, "exit").then(() => ["(none)"])]);
    screen.name = `:${String(number).trim()}`;
    return screen;
  }

  async close() {
    const exit = once(this.#server, "exit");
    this.#server.kill();
    await exit;
  }
}

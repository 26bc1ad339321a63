// The line to the co-signer: a proxy that counts what goes over it, and cuts it where a test says.

import { once } from "node:events";
import http from "node:http";

/** A proxy before the co-signer. */
export class Line {
  #server;
  #target;
  #cuts = [];
  /** Every request that a page or a back end made, preflights left out: `{ path, bytesUp, bytesDown, status }`. */
  requests = [];
  /** How many preflights there were. */
  preflights = 0;
  /**
   * Whether connections are used again. Browsers send a request once more by themselves, whatever its method, when a connection that
   * was used before ends without an answer: off, so that a test sees what the package sends.
   */
  keepsAlive = false;

  /** @param {{ port: number }} options */
  static async open({ port }) {
    const line = new Line();
    line.url = `http://localhost:${port}`;
    line.#server = http.createServer((request, response) => line.#pass(request, response));
    line.#server.listen(port, "localhost");
    await once(line.#server, "listening");
    return line;
  }

  /** @param {string} url the co-signer's address */
  leadTo(url) {
    this.#target = new URL(url);
  }

  /**
   * Cuts the line at a path: before the co-signer hears the request, or after it acted and before its answer arrives.
   *
   * @param {{ path: string, when: "before" | "after", times?: number }} cut `times`: how often; always, if it is not said
   */
  cut({ path, when, times = Infinity }) {
    this.#cuts.push({ path, when, times });
  }

  /** Makes the line whole and forgets what went over it. */
  mend() {
    this.#cuts = [];
    this.requests = [];
    this.preflights = 0;
    this.keepsAlive = false;
  }

  /** The paths of the requests since the last mending. */
  get paths() {
    return this.requests.map(({ path }) => path);
  }

  /** Takes the line down. */
  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #pass(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const record = { path: request.url, bytesUp: body.length, bytesDown: 0, status: 0 };
    if (request.method === "OPTIONS") this.preflights += 1;
    else this.requests.push(record);

    const cut = request.method !== "OPTIONS" && this.#cuts.find(({ path, times }) => path === request.url && times > 0);
    if (cut) cut.times -= 1;
    if (cut?.when === "before") return request.socket.destroy();

    const { hostname, port } = this.#target;
    const onward = http.request({
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, host: this.#target.host },
      // A connection of its own for each: none is reused that a restarted co-signer has closed.
      agent: false,
    });
    onward.on("error", () => request.socket.destroy());
    onward.on("response", async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const content = Buffer.concat(parts);
      record.status = answer.statusCode;
      record.bytesDown = content.length;
      if (cut?.when === "after") return request.socket.destroy();
      response.writeHead(answer.statusCode, this.keepsAlive ? answer.headers : { ...answer.headers, connection: "close" });
      response.end(content);
    });
    onward.end(body);
  }
}

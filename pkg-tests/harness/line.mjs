// The line to the co-signer: a proxy that counts what goes over it, and cuts, stops or refuses it where a test says.

import { once } from "node:events";
import http from "node:http";

/** A proxy before the co-signer. */
export class Line {
  #server;
  #target;
  #cuts = [];
  /** Every request that a page or a back end made, preflights left out: `{ path, bytesUp, bytesDown, status, headers, body }`. */
  requests = [];
  /** How many preflights there were. */
  preflights = 0;
  /**
   * Whether connections are used again. Browsers send a request once more by themselves, whatever its method, when a connection that
   * was used before ends without an answer: off, so that a test sees what the package sends.
   */
  keepsAlive = false;

  /** Opens it, to nowhere yet. */
  static async open() {
    const line = new Line();
    line.#server = http.createServer((request, response) => line.#pass(request, response));
    line.#server.listen(0, "localhost");
    await once(line.#server, "listening");
    line.url = `http://localhost:${line.#server.address().port}`;
    return line;
  }

  /** @param {{ url: string }} coSigner whose address is asked for with each request: a start gives it another one */
  leadTo(coSigner) {
    this.#target = coSigner;
  }

  /**
   * Cuts the line at a path: before the co-signer hears the request, or after it acted and before its answer arrives.
   *
   * @param {{ path: string, when: "before" | "after", times?: number }} cut `times`: how often; always, if it is not said
   */
  cut({ path, when, times = Infinity }) {
    this.#cuts.push({ path, when, times });
  }

  /**
   * Stops one request at a path and gives no sign, as a cut would: for as long as its sender lives it waits.
   *
   * @param {{ path: string, when: "before" | "after" }} stop
   * @returns {Promise<void>} until the request has come so far
   */
  stop({ path, when }) {
    return new Promise((reached) => this.#cuts.push({ path, when, times: 1, reached }));
  }

  /**
   * Holds one request at a path, before the co-signer hears it, until it is released.
   *
   * @param {{ path: string }} hold
   * @returns {{ reached: Promise<void>, release(): void }} `reached`: once the request is there
   */
  hold({ path }) {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    const reached = new Promise((arrived) => this.#cuts.push({ path, when: "held", times: 1, arrived, released }));
    return { reached, release };
  }

  /**
   * Does something once a request at a path has come so far, and then cuts the line there, once.
   *
   * @param {{ path: string, when: "before" | "amid" | "after", act: () => Promise<void> }} strike `amid`: the co-signer has been sent the
   *   request, and nobody waited for what it makes of it
   */
  strike({ path, when, act }) {
    this.#cuts.push({ path, when, times: 1, act });
  }

  /**
   * Refuses requests at a path as something between does that is too busy, a proxy or a gateway: without a body that claimkit knows.
   *
   * @param {{ path: string, status: 429 | 503, retryAfter: number, times?: number }} refusal `retryAfter`: seconds; `times`: how often
   */
  refuse({ path, status, retryAfter, times = 1 }) {
    this.#cuts.push({ path, when: "before", times, refusal: { status, retryAfter } });
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
    const record = { path: request.url, bytesUp: body.length, bytesDown: 0, status: 0, headers: request.headers, body };
    if (request.method === "OPTIONS") this.preflights += 1;
    else this.requests.push(record);

    const cut = request.method !== "OPTIONS" && this.#cuts.find(({ path, times }) => path === request.url && times > 0);
    if (cut) cut.times -= 1;
    if (cut?.refusal) return this.#refuse(cut.refusal, request, response, record);
    if (cut?.when === "before") return this.#lose(cut, request);
    if (cut?.when === "held") {
      cut.arrived();
      await cut.released;
    }

    const { hostname, port, host } = new URL(this.#target.url);
    const onward = http.request({
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers: { ...request.headers, host },
      // A connection of its own for each: none is reused that a restarted co-signer has closed.
      agent: false,
    });
    onward.on("error", () => cut?.when !== "amid" && request.socket.destroy());
    onward.on("response", async (answer) => {
      if (cut?.when === "amid") return answer.resume();
      const parts = [];
      for await (const part of answer) parts.push(part);
      const content = Buffer.concat(parts);
      record.status = answer.statusCode;
      record.bytesDown = content.length;
      if (cut?.when === "after") return this.#lose(cut, request);
      response.writeHead(answer.statusCode, this.keepsAlive ? answer.headers : { ...answer.headers, connection: "close" });
      response.end(content);
    });
    onward.end(body, () => cut?.when === "amid" && this.#lose(cut, request));
  }

  async #lose({ reached, act }, request) {
    if (reached) return reached();
    await act?.();
    request.socket.destroy();
  }

  #refuse({ status, retryAfter }, request, response, record) {
    record.status = status;
    response.writeHead(status, {
      "access-control-allow-origin": request.headers.origin ?? "*",
      "access-control-expose-headers": "retry-after",
      "retry-after": String(retryAfter),
      connection: "close",
    });
    response.end("busy");
  }
}

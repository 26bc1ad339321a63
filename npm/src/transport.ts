import type { Transport, TransportAnswer, TransportRequest } from "./wasm/claimkit.js";

const TIMEOUT = 30_000;

/** Sends requests by Node's `fetch`, each at most `timeout` milliseconds long. Retries nothing. */
export function fetchTransport(timeout: number = TIMEOUT): Transport {
  return {
    async send(request) {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]);
      const response = await fetch(request.url, { ...content(request), signal, redirect: "manual" });
      // Cloudflare Workers know no `redirect: "error"`, and no server has a cache to be told of.
      if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) throw new Error("a redirection, which is not followed");
      return answer(response, request.answerLimit);
    },
  };
}

function content({ body, contentType, authorization }: TransportRequest): RequestInit {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  if (body === undefined) return { method: "GET", headers };
  return { method: "POST", headers: { ...headers, "content-type": contentType }, body: body as Uint8Array<ArrayBuffer> };
}

async function answer(response: Response, limit: number): Promise<TransportAnswer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    length += read.value.length;
    if (length > limit) {
      await reader?.cancel();
      throw new Error(`an answer longer than ${limit} bytes`);
    }
    pieces.push(read.value);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    body.set(piece, offset);
    offset += piece.length;
  }
  return { status: response.status, body, retryAfter: response.headers.get("retry-after") ?? undefined };
}

// What the page asks of the app's back end.

/** A refusal of the app's back end, or silence from it (`code: "app_unreachable"`). */
export class AppError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "AppError";
    this.code = code;
  }
}

export const me = () => ask("GET", "/api/me");
export const signIn = (email) => ask("POST", "/api/sign-in", { email });
export const signOut = () => ask("POST", "/api/sign-out", {});
export const makeSomeoneNew = () => ask("POST", "/api/people", {});
export const handOff = (publicKey) => ask("POST", "/api/hand-off", { publicKey });
export const keepReceipt = (receipt) => ask("POST", "/api/receipt", { receipt });
export const signWithPreparedShares = (message) => ask("POST", "/api/prepared-shares/sign", { message });
export const verify = (walletId, message, signature) => ask("POST", "/api/verify", { walletId, message, signature });
export const drawNonce = () => ask("POST", "/api/proofs/nonce", {});
export const showProofs = (proofs) => ask("POST", "/api/proofs", { proofs });

async function ask(method, path, body) {
  let response;
  let answer;
  try {
    const headers = body && { "Content-Type": "application/json" };
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    answer = await response.json();
  } catch (cause) {
    throw Object.assign(new AppError("app_unreachable", "The app's back end did not answer."), { cause });
  }
  if (!response.ok) throw new AppError(answer.code, answer.message);
  return answer;
}

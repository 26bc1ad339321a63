import type * as entry from "./index.js";
import { connectServerBy } from "./back-end.js";
import { verifyBy, verifyProofBy, verifyRefusalBy } from "./client.js";
import { beside } from "./file.js";
import type { InitOptions } from "./module.js";
import type { ConnectServerOptions, ProofDetails, Server, VerifyProofOptions } from "./wasm/claimkit.js";

export { isClaimkitError } from "./error.js";
export type * from "./server-types.js";

/**
 * Connects a back end to its co-signer.
 *
 * @example
 * import { connectServer } from "claimkit/server";
 *
 * const server = await connectServer({ cosigner: "https://cosigner.example.com", apiKey });
 * const { wallet, share } = await server.createWallet({ type: "EVM", claimantId: { email: "ada@example.com" } });
 *
 * @throws `invalid_argument`; `co_signer_unreachable`; `peer_misbehaved` if it is not the co-signer of `identity`
 */
export const connectServer = (options: ConnectServerOptions): Promise<Server> => connectServerBy(beside, options);

/** As in `claimkit`: checks a receipt offline. */
export const verifyReceipt: typeof entry.verifyReceipt = (options) => verifyBy(beside, options);

/** As in `claimkit`: checks a refusal offline. */
export const verifyRefusal: typeof entry.verifyRefusal = (options) => verifyRefusalBy(beside, options);

/**
 * Checks a proof of ownership offline, with a key set that you fetched: that the co-signer of this identity certified the key, that the key
 * signed the proof, and that it is for you, for this nonce and for now. `server.verifyProof` fetches the key set by itself.
 *
 * @example
 * import { verifyProof } from "claimkit/server";
 *
 * const jwks = await (await fetch("https://cosigner.example.com/.well-known/jwks.json")).json();
 * const { walletId, address } = await verifyProof({ proof, jwks, identity, audience: "https://shop.example.com", nonce });
 *
 * @throws `invalid_argument` for what is no proof or no key set; `not_authorised` for a proof that does not hold here, with why
 */
export const verifyProof = (options: VerifyProofOptions & InitOptions): Promise<ProofDetails> => verifyProofBy(beside, options);

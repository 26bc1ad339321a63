// A back end, checked without the DOM library: Node's types alone.

import { connectServer, isClaimkitError, verifyProof, verifyReceipt, type CreatedWallet, type Server } from "claimkit/server";

export async function prepare(apiKey: string): Promise<CreatedWallet | undefined> {
  const server: Server = await connectServer({ cosigner: "https://cosigner.example.com", apiKey, timeout: 5_000, signal: AbortSignal.timeout(10_000) });
  try {
    return await server.createWallet({ type: "EVM", claimantId: { email: "ada@example.com" } });
  } catch (error) {
    if (isClaimkitError(error) && error.code === "invalid_argument") return undefined;
    throw error;
  }
}

export const epochOf = async (receipt: string): Promise<number> => (await verifyReceipt({ receipt })).epoch;

export const addressOf = async (proof: string, jwks: object, identity: Server["identity"]): Promise<string> =>
  (await verifyProof({ proof, jwks, identity, audience: "https://shop.example.com", nonce: "n1" })).address;

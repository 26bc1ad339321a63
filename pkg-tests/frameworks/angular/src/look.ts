import type { connect, isClaimkitError, verifyReceipt } from "claimkit/inline";

type Package = { connect: typeof connect; isClaimkitError: typeof isClaimkitError; verifyReceipt: typeof verifyReceipt };

/** As `consumers/setups/look.js`, which Angular's types do not know. */
export async function look({ connect, isClaimkitError, verifyReceipt }: Package, options: { wasm?: string } = {}) {
  try {
    const kit = await connect({ cosigner: "https://cosigner.example.com", ...options });
    const refused = await verifyReceipt({ receipt: "no receipt" }).catch((error: unknown) => (isClaimkitError(error) ? error.code : undefined));
    return { key: kit.publicKey.length, wallets: (await kit.wallets()).length, refused };
  } catch (error) {
    return { code: isClaimkitError(error) ? error.code : undefined, message: error instanceof Error ? error.message : "" };
  }
}

/** Tells the test what it found. */
export const tell = (found: ReturnType<typeof look>) => Object.assign(globalThis, { found });

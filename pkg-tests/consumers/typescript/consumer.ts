// The README's two quick starts, and what the types must say of them.

import { connect, isClaimkitError, verifyReceipt } from "claimkit";
import * as inline from "claimkit/inline";
import { connectServer } from "claimkit/server";

export async function claim(handOff: (key: string) => Promise<{ share: string; ticket: string }>): Promise<string> {
  const kit = await connect({ cosigner: "https://cosigner.example.com", signal: new AbortController().signal });
  const { finished, rolledBack, busy } = await kit.resume({ onProgress: ({ step, of }) => step / of });
  const { share, ticket } = await handOff(kit.publicKey);
  const claim = await kit.load({ share });
  const before: [string, string, string, number] = [claim.address, claim.walletId, claim.scheme, claim.epoch];
  await claim.start({ proof: { ticket } });
  const { wallet, wallets, session, receipt, receipts } = await claim.finish({
    proof: { ticket },
    passkey: { name: "ada@example.com" },
    onProgress: ({ phase, step, of }) => {
      const words: Record<typeof phase, number> = { resume: 0, start: 1, passkey: 2, refresh: 3, prepare: 4, seal: 5, confirm: 6, commit: 7, promote: 8 };
      return words[phase] + step + of;
    },
  });
  const { walletId, epoch, credentialId, committedAt } = await verifyReceipt({ receipt });
  const { r, s, yParity, bytes } = await session.sign({ digest: new Uint8Array(32) });
  const signature: [Uint8Array, Uint8Array, number, Uint8Array] = [r, s, yParity, bytes];
  const end: number = session.expiresAt;
  session.lock();
  const again: typeof session = await wallet.unlock();
  await again.lock();
  const held = await kit.wallets();
  const restored: typeof session = await kit.restore({ signal: new AbortController().signal });
  return [finished, rolledBack, busy, restored.address, before, walletId, epoch, credentialId, committedAt, wallets.length, receipts.length, signature, end, held.length].join();
}

export async function prepare(apiKey: string, to: string): Promise<string> {
  const server = await connectServer({ cosigner: "https://cosigner.example.com", apiKey });
  const { wallet, share } = await server.createWallet({ type: "EVM", claimantId: { email: "ada@example.com" } });
  const known: boolean = await server.hasWallet({ claimantId: { phone: "+4915112345678" } });
  const [record] = await server.getWallets({ claimantId: { customId: "1" } });
  const moved = await server.withShare(share).updateClaimantId({ email: "grace@example.com" });
  const handOff: { share: string; ticket: string } = server.sealFor({ share: moved.share, to, expiresIn: 60 });
  return [wallet.address, known, record?.claimed, handOff.ticket].join();
}

export function advise(error: unknown): string {
  if (!isClaimkitError(error)) return "unknown";
  switch (error.code) {
    case "passkey_cancelled":
      return "try again";
    case "co_signer_unreachable":
      return error.retryable ? `in ${error.retryAfter ?? 1} s` : "never";
    default:
      return error.code;
  }
}

// Each of these must not compile.
export async function mistakes(kit: Awaited<ReturnType<typeof connect>>): Promise<void> {
  // @ts-expect-error a share is asked for
  await kit.load({});
  // @ts-expect-error the option is called «share»
  await kit.load({ prepared: "" });
  const claim = await kit.load({ share: "" });
  // @ts-expect-error a passkey needs a name
  await claim.finish({ proof: { ticket: "" }, passkey: {} });
  // @ts-expect-error a claim can't sign
  await claim.sign({ digest: new Uint8Array(32) });
  // @ts-expect-error bytes are asked for
  await (await (await kit.wallets())[0]!.unlock()).sign({ digest: "0x" });
  // @ts-expect-error not a code of the list
  if (isClaimkitError(kit) && kit.code === "made_up") return;
}

// It takes no `worker: true`: what it inlines is no file that a worker could load.
export const narrower: typeof inline.connect = connect;
// @ts-expect-error
export const same: typeof connect = inline.connect;

// What the types let through, and what they refuse. Compiled, never run.

import { connect, init, isClaimkitError, verifyReceipt, type ClaimProgress, type ErrorCode, type Session } from "claimkit";
import * as inline from "claimkit/inline";
import { connectServer } from "claimkit/server";
import { toViemAccount } from "claimkit/viem";
import { createWalletClient, custom, type LocalAccount } from "viem";

export async function browser(signal: AbortSignal): Promise<void> {
  await init();
  await init({ wasm: new URL("https://example.com/claimkit.wasm") });
  const kit = await connect({ cosigner: "https://cosigner.example.com" });
  const claim = await kit.load({ share: "…", signal });
  await claim.start({ proof: { ticket: "…" } });
  const { wallet, wallets, receipt, receipts } = await claim.finish({
    proof: { ticket: "…" },
    passkey: { name: "Ada" },
    signal,
    onProgress: ({ phase, step, of }: ClaimProgress) => `${phase} ${step}/${of}`,
  });
  const session: Session = await wallet.unlock();
  const { r, s, yParity, bytes } = await session.sign({ digest: new Uint8Array(32) });
  const signature: [Uint8Array, Uint8Array, 0 | 1, Uint8Array] = [r, s, yParity, bytes];
  const all: [string, string[], number, number] = [receipt, receipts, wallets.length, session.expiresAt];
  const { epoch, committedAt } = await verifyReceipt({ receipt });
  const account: LocalAccount = toViemAccount(session);
  createWalletClient({ account, transport: custom({ request: async () => undefined }) });
  await session.lock();
  void [signature, all, epoch + committedAt];

  // @ts-expect-error no such option
  await connect({ cosinger: "https://cosigner.example.com" });
  // @ts-expect-error one or the other
  await kit.load({ share: "…", shares: ["…"] });
  // @ts-expect-error the passkey's name is missing
  await claim.finish({ proof: { ticket: "…" } });
  // @ts-expect-error bytes, not text
  await session.sign({ digest: "0x" });
  // @ts-expect-error a wallet can't sign
  await wallet.sign({ digest: new Uint8Array(32) });
  // @ts-expect-error it is made by `connect`
  new inline.Kit();
}

export async function server(): Promise<void> {
  const server = await connectServer({ cosigner: "https://cosigner.example.com", apiKey: "…", timeout: 5_000 });
  const { wallet, share } = await server.createWallet({ type: "EVM", claimantId: { email: "ada@example.com" } });
  const prepared = server.withShare(share);
  toViemAccount(prepared);
  const moved = await prepared.updateClaimantId({ phone: "+41791234567" });
  const handOff: { share: string; ticket: string } = server.sealFor({ shares: [share, moved.share], to: "…", expiresIn: 60 });
  const sealed: string = await server.exportPairing({ key: new Uint8Array(32) });
  const isThere: boolean = await server.hasWallet({ claimantId: { customId: wallet.walletId } });
  const [first] = await server.getWallets({ claimantId: { email: "ada@example.com" } });
  void [handOff, sealed, isThere, first?.claimed];

  // @ts-expect-error one of the kinds
  await server.hasWallet({ claimantId: { mail: "ada@example.com" } });
  // @ts-expect-error not yet
  await server.createWallet({ type: "SOLANA", claimantId: { email: "ada@example.com" } });
}

export function words(error: unknown): string {
  if (!isClaimkitError(error)) return "?";
  const code: ErrorCode = error.code;
  return code === "rate_limited" ? `wait ${error.retryAfter ?? 1} s` : code;
}

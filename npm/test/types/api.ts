// What the types let through, and what they refuse. Compiled, never run.

import {
  connect,
  init,
  isClaimkitError,
  verifyReceipt,
  verifyRefusal,
  type ClaimProgress,
  type ErrorCode,
  type Resumed,
  type Session,
  type SignatureResult,
  type SignOptions,
  type WorkerKit,
  type WorkerWallet,
} from "claimkit";
import * as inline from "claimkit/inline";
import { connectServer, verifyProof, type CoSignerIdentity, type Server } from "claimkit/server";
import { toViemAccount } from "claimkit/viem";
import { createWalletClient, custom, type LocalAccount } from "viem";

export async function browser(signal: AbortSignal): Promise<void> {
  await init();
  await init({ wasm: new URL("https://example.com/claimkit.wasm") });
  const kit = await connect({ cosigner: "https://cosigner.example.com" });
  const resumed: Resumed = await kit.resume({ signal, onProgress: ({ phase }) => phase === "resume" });
  const addresses = [resumed.finished, resumed.rolledBack, resumed.busy].flat().map(({ address }) => address);
  const restored: Session = await kit.restore();
  const claim = await kit.load({ share: "…", signal });
  await claim.start({ proof: { ticket: "…" } });
  const { wallet, wallets, session: claimed, receipt, receipts } = await claim.finish({
    proof: { ticket: "…" },
    passkey: { name: "Ada" },
    device: "Ada's phone",
    hiddenLock: 60,
    beforePrompt: async (prompt) => void (prompt === "output"),
    signal,
    onProgress: ({ phase, step, of }: ClaimProgress) => `${phase} ${step}/${of}`,
  });
  const fromTheClaim: Session = claimed;
  void fromTheClaim;
  const session: Session = await wallet.unlock();
  const { r, s, yParity, bytes } = await session.sign({ digest: new Uint8Array(32), path: [0, 5] });
  const signature: [Uint8Array, Uint8Array, 0 | 1, Uint8Array] = [r, s, yParity, bytes];
  const eddsa: { scheme: "eddsa-ed25519"; bytes: Uint8Array } = await session.sign({ message: new Uint8Array(5), walletId: "…" });
  const { publicKey, address } = wallet.child({ path: [0, 5] });
  const onOsmosis: string = wallet.addressWithPrefix({ prefix: "osmo" });
  const key: Uint8Array = await session.exportKey({ walletId: wallet.walletId, signal });
  const all: [string, string[], number, number] = [receipt, receipts, wallets.length, session.expiresAt];
  const { epoch, committedAt } = await verifyReceipt({ receipt });
  const account: LocalAccount = toViemAccount(session);
  createWalletClient({ account, transport: custom({ request: async () => undefined }) });
  await session.lock();
  void [addresses, restored, signature, eddsa, publicKey, address, onOsmosis, key, all, epoch + committedAt];

  const inWorker: WorkerKit = await connect({ cosigner: "https://cosigner.example.com", worker: true });
  const ofTheCallers = await connect({ cosigner: "https://cosigner.example.com", worker: new Worker("worker.js", { type: "module" }) });
  const [other]: WorkerWallet[] = await inWorker.wallets({ signal });
  const derived: string = (await other!.child({ path: [0] })).address;
  const same: Session = await other!.unlock();
  const finished = await (await ofTheCallers.load({ share: "…" })).finish({ proof: { ticket: "…" }, passkey: { name: "Ada" } });
  const prefixed: Promise<string> = finished.wallets[0]!.addressWithPrefix({ prefix: "osmo" });
  createWalletClient({ account: toViemAccount(same), transport: custom({ request: async () => undefined }) });
  void [derived, prefixed];
  const eitherWay = await connect({ cosigner: "https://cosigner.example.com", worker: signal.aborted });
  const [either] = await eitherWay.wallets();
  const awaited: string = (await either!.child({ path: [0] })).address;
  void awaited;
  // @ts-expect-error a worker computes it: a promise
  const atOnce: string = other!.child({}).address;
  // @ts-expect-error true, or a Worker
  await connect({ cosigner: "https://cosigner.example.com", worker: "worker.js" });
  const ofTheCallersInline: WorkerKit = await inline.connect({ cosigner: "https://cosigner.example.com", worker: new Worker("worker.js", { type: "module" }) });
  // @ts-expect-error this entry has no worker of its own
  await inline.connect({ cosigner: "https://cosigner.example.com", worker: true });

  // @ts-expect-error no such option
  await connect({ cosinger: "https://cosigner.example.com" });
  // @ts-expect-error one or the other
  await kit.load({ share: "…", shares: ["…"] });
  // @ts-expect-error the person picks the passkey
  await kit.restore({ passkey: { name: "Ada" } });
  // @ts-expect-error the passkey's name is missing
  await claim.finish({ proof: { ticket: "…" } });
  // @ts-expect-error bytes, not text
  await session.sign({ digest: "0x" });
  // @ts-expect-error one or the other
  await session.sign({ digest: new Uint8Array(32), message: new Uint8Array(5) });
  // @ts-expect-error Ed25519 has no children
  await session.sign({ message: new Uint8Array(5), path: [0] });
  // @ts-expect-error Ed25519 has no r and s
  (await session.sign({ message: new Uint8Array(5) })).r;
  // @ts-expect-error a wallet can't sign
  await wallet.sign({ digest: new Uint8Array(32) });
  // @ts-expect-error it is made by `connect`
  new inline.Kit();
}

export async function server(): Promise<void> {
  const server = await connectServer({ cosigner: "https://cosigner.example.com", apiKey: "…", timeout: 5_000 });
  const { wallet, share } = await server.createWallet({ type: "EVM", claimantId: { email: "ada@example.com" } });
  const claimantId = { email: "ada@example.com" };
  const [evm, solana] = await server.createWalletPerType({ types: ["EVM", "SOLANA"], claimantId });
  const imported = await server.importWallet({ type: "SOLANA", privateKey: new Uint8Array(64), form: "seed", claimantId });
  const prepared = server.withShare(share);
  const { bytes }: { bytes: Uint8Array } = await prepared.sign({ message: new Uint8Array(5) });
  void [evm?.share, solana?.wallet.type, imported.wallet.address, bytes, prepared.child({}).publicKey];
  toViemAccount(prepared);
  const moved = await prepared.updateClaimantId({ phone: "+41791234567" });
  const handOff: { share: string; ticket: string } = server.sealFor({ shares: [share, moved.share], to: "…", expiresIn: 60 });
  const sealed: string = await server.exportPairing({ key: new Uint8Array(32) });
  const isThere: boolean = await server.hasWallet({ claimantId: { customId: wallet.walletId } });
  const [first] = await server.getWallets({ claimantId: { email: "ada@example.com" } });
  void [handOff, sealed, isThere, first?.claimed];

  // @ts-expect-error one of the kinds
  await server.hasWallet({ claimantId: { mail: "ada@example.com" } });
  // @ts-expect-error no such type
  await server.createWallet({ type: "BITCOIN", claimantId: { email: "ada@example.com" } });
  // @ts-expect-error bytes, not text
  await server.importWallet({ type: "EVM", privateKey: "0x…", claimantId: { email: "ada@example.com" } });
}

export function anySignature(options: SignOptions, signer: Session): Promise<SignatureResult> {
  return signer.sign(options);
}

export function shown(signature: SignatureResult): number {
  return signature.scheme === "ecdsa-secp256k1" ? signature.yParity : signature.bytes.length;
}

export function words(error: unknown): string {
  if (!isClaimkitError(error)) return "?";
  const code: ErrorCode = error.code;
  return code === "rate_limited" ? `wait ${error.retryAfter ?? 1} s` : code;
}

export async function proven(session: Session, server: Server, identity: CoSignerIdentity, nonce: string): Promise<number> {
  const proof: string = await session.prove({ audience: "https://shop.example", nonce });
  const { epoch, claimant, expiresAt } = await server.verifyProof({ proof, audience: "https://shop.example", nonce, claimantId: { email: "ada@example.com" } });
  const { type } = await verifyProof({ proof, jwks: { keys: [] }, identity, audience: "https://shop.example", nonce, clockTolerance: 30 });
  // @ts-expect-error the nonce is missing
  await session.prove({ audience: "https://shop.example" });
  // @ts-expect-error the identity is missing
  await verifyProof({ proof, jwks: "", audience: "https://shop.example", nonce });
  return epoch + claimant.length + expiresAt + type.length;
}

export async function evidence(error: unknown, receipt: string): Promise<number> {
  if (!isClaimkitError(error) || error.refusal === undefined) return 0;
  const { walletId, epoch, refusedAt, committedAt } = await verifyRefusal({ refusal: error.refusal, receipt });
  // @ts-expect-error the refusal is missing
  await verifyRefusal({ receipt });
  return walletId.length + epoch + refusedAt - committedAt;
}

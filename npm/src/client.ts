import {
  Kit,
  verifyReceipt as verify,
  verifyProof,
  verifyRefusal,
  type ConnectOptions,
  type ProofDetails,
  type ReceiptDetails,
  type RefusalDetails,
  type VerifyProofOptions,
  type VerifyReceiptOptions,
  type VerifyRefusalOptions,
  type WasmSource,
} from "./wasm/claimkit.js";
import { start, type InitOptions } from "./module.js";
import { shareSessions } from "./tabs.js";

/** Where an entry finds the module. */
export type Source = () => WasmSource | Promise<WasmSource>;

export async function connectBy(source: Source, options: ConnectOptions): Promise<Kit> {
  await start(options, source);
  shareSessions();
  return Kit.connect(options);
}

export async function verifyBy(source: Source, options: VerifyReceiptOptions & InitOptions): Promise<ReceiptDetails> {
  await start(options, source);
  return verify(options);
}

export async function verifyRefusalBy(source: Source, options: VerifyRefusalOptions & InitOptions): Promise<RefusalDetails> {
  await start(options, source);
  return verifyRefusal(options);
}

export async function verifyProofBy(source: Source, options: VerifyProofOptions & InitOptions): Promise<ProofDetails> {
  await start(options, source);
  return verifyProof(options);
}

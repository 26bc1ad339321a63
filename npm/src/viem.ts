import type { Address, Hex, LocalAccount } from "viem";
import { toAccount } from "viem/accounts";
import { bytesToHex, hashAuthorization, hashMessage, hashTypedData, hexToBytes, keccak256, serializeTransaction } from "viem/utils";
import { failure } from "./error.js";

/** What signs for the account: a `Session`, or a `PreparedWallet` before the claim. */
export interface Signer {
  readonly address: string;
  readonly type: string;
  sign(options: { digest: Uint8Array }): Promise<{ r: Uint8Array; s: Uint8Array; yParity: 0 | 1; bytes: Uint8Array }>;
}

/**
 * Makes a viem account that signs by claimkit: messages (EIP-191), typed data (EIP-712), transactions of every type that viem
 * serializes, authorizations (EIP-7702) and bare 32-byte hashes.
 *
 * @example
 * import { createWalletClient, http } from "viem";
 * import { mainnet } from "viem/chains";
 * import { toViemAccount } from "claimkit/viem";
 *
 * const session = await wallet.unlock();
 * const client = createWalletClient({ account: toViemAccount(session), chain: mainnet, transport: http() });
 * await client.signMessage({ message: "hello" });
 *
 * @throws `invalid_argument` for a wallet that is not of type EVM; each method what `session.sign` throws
 */
export function toViemAccount(signer: Signer): LocalAccount {
  if (signer.type !== "EVM") throw failure("invalid_argument", "viem's accounts are of EVM wallets: this signer is of another type");
  const address = signer.address as Address;
  const signed = (hash: Hex) => signer.sign({ digest: hexToBytes(hash) });
  const sign = async ({ hash }: { hash: Hex }): Promise<Hex> => bytesToHex((await signed(hash)).bytes);
  return toAccount({
    address,
    sign,
    signMessage: ({ message }) => sign({ hash: hashMessage(message) }),
    signTypedData: (typedData) => sign({ hash: hashTypedData(typedData) }),
    async signTransaction(transaction, { serializer = serializeTransaction } = {}) {
      // What a blob transaction signs leaves its blobs out (EIP-4844).
      const bare = transaction.type === "eip4844" ? { ...transaction, sidecars: false as const } : transaction;
      const signature = components(await signed(keccak256(await serializer(bare))));
      return serializer(transaction, signature);
    },
    async signAuthorization(authorization) {
      const { chainId, nonce } = authorization;
      const contract = authorization.contractAddress ?? authorization.address;
      const signature = components(await signed(hashAuthorization({ address: contract, chainId, nonce })));
      return { address: contract, chainId, nonce, ...signature };
    },
  });
}

function components({ r, s, yParity }: { r: Uint8Array; s: Uint8Array; yParity: 0 | 1 }) {
  return { r: bytesToHex(r), s: bytesToHex(s), v: BigInt(27 + yParity), yParity };
}

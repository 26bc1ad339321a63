import type { Session } from "claimkit";
import { toViemAccount } from "claimkit/viem";
import { createWalletClient, http } from "viem";
import { mainnet } from "viem/chains";

export const client = (session: Session) => createWalletClient({ account: toViemAccount(session), chain: mainnet, transport: http() });

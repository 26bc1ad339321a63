import { connect } from "claimkit";
import { connectServer } from "claimkit/server";

export async function POST(request) {
  const { claimantId, ...options } = await request.json();
  const inPage = await connect({ cosigner: options.cosigner }).catch(({ name, code, message }) => ({ name, code, message }));
  const server = await connectServer(options);
  const { wallet } = await server.createWallet({ type: "EVM", claimantId });
  return Response.json({ address: wallet.address, inPage });
}

import { connect } from "claimkit";
import { connectServer, verifyReceipt } from "claimkit/server";

const coded = (error) => ({ name: error.name, code: error.code, message: error.message });

/** Makes a wallet, as a back end does, and tells what else the package says here. */
export default {
  async fetch(request) {
    const { cosigner, apiKey, claimantId } = await request.json();
    const refused = await verifyReceipt({ receipt: "no receipt" }).catch(coded);
    const inPage = await connect({ cosigner }).catch(coded);
    try {
      const server = await connectServer({ cosigner, apiKey });
      const { wallet } = await server.createWallet({ type: "EVM", claimantId });
      return Response.json({ address: wallet.address, refused, inPage });
    } catch (error) {
      return Response.json({ failed: coded(error), refused, inPage });
    }
  },
};

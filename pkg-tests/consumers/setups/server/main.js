import { connect } from "claimkit";
import { connectServer } from "claimkit/server";

/** What a page's code and a route find, as they run on a server: options of `connectServer` and the claimant are arguments. */
const [options, claimantId] = process.argv.slice(2).map((word) => JSON.parse(word));
const inPage = await connect({ cosigner: options.cosigner }).catch(({ name, code, message }) => ({ name, code, message }));
const server = await connectServer(options);
const { wallet } = await server.createWallet({ type: "EVM", claimantId });
console.log(JSON.stringify({ address: wallet.address, inPage }));

import { connect } from "claimkit/inline";

const asked = new URLSearchParams(location.search);
const worker = asked.has("worker") && { worker: new Worker("worker.js", { type: "module" }) };
window.kit = await connect({ cosigner: asked.get("cosigner"), ...worker });

import { connect } from "claimkit";

const asked = new URLSearchParams(location.search);
window.kit = await connect({ cosigner: asked.get("cosigner"), ...(asked.has("worker") && { worker: true }) });

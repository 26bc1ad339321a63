import { connect } from "claimkit/inline";

window.kit = await connect({ cosigner: new URLSearchParams(location.search).get("cosigner") });

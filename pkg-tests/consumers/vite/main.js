import { connect } from "claimkit";

window.kit = await connect({ cosigner: new URLSearchParams(location.search).get("cosigner") });

# As it is deployed: no flag for Node's modules; and with a way to the co-signer of the tests.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "localhost:0", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "wasm/claimkit_bg.wasm", wasm = embed "claimkit.wasm"),
  ],
  compatibilityDate = "2026-09-01",
);

//! What was to be reached: in wasm, and at the co-signer.

use serde::Serialize;

use super::report::{Cold, Figure, Report, SessionCheck};

/// One figure and its limit, in the unit its name says.
#[derive(Debug, Serialize)]
pub(super) struct Target {
    figure: &'static str,
    limit: f64,
    found: f64,
    met: bool,
}

impl Target {
    fn new(figure: &'static str, limit: f64, found: f64) -> Self {
        Self {
            figure,
            limit,
            found,
            met: found <= limit,
        }
    }
}

/// Each target beside what was found.
#[allow(clippy::cast_precision_loss, reason = "no message comes near 2^52 bytes")]
pub(super) fn held_to(wasm: &Report, cold: &Cold, session_check: &SessionCheck) -> Vec<Target> {
    let both = |figure: &Figure| figure.mult(figure.both_ms);
    let (ecdsa, eddsa) = (&wasm.secp256k1, &wasm.ed25519);
    vec![
        Target::new("rotation, both parties, mult", 1_000.0, both(&ecdsa.rotation)),
        Target::new(
            "rotation, client alone, mult",
            550.0,
            ecdsa.rotation.mult(ecdsa.rotation.client_ms),
        ),
        Target::new(
            "rotation, longest client task, ms",
            50.0,
            ecdsa.rotation.longest_client_task_ms,
        ),
        Target::new("key generation, both, mult", 15.0, both(&ecdsa.key_generation)),
        Target::new("sign, cold, both parties, mult", 100.0, both(&ecdsa.sign)),
        Target::new("sign, kB", 75.0, ecdsa.sign.bytes as f64 / 1e3),
        Target::new("Ed25519: rotation, both, mult", 15.0, both(&eddsa.rotation)),
        Target::new("Ed25519: key generation, both, mult", 11.0, both(&eddsa.key_generation)),
        Target::new("Ed25519: sign, both, mult", 12.0, both(&eddsa.sign)),
        Target::new("instantiate, ms", 5.0, cold.instantiate_ms),
        Target::new(
            "first visit, both parties, ms",
            170.0,
            cold.instantiate_ms + cold.work_ms,
        ),
        Target::new(
            "co-signer: check of a request, µs",
            300.0,
            session_check.median_ms * 1e3,
        ),
    ]
}

/// The targets as a table.
pub(super) fn table(targets: &[Target]) -> String {
    let mut text = format!("\n{:<36}{:>10}{:>10}\n", "Targets", "at most", "found");
    for Target {
        figure,
        limit,
        found,
        met,
    } in targets
    {
        let verdict = if *met {
            "met".to_owned()
        } else {
            format!("MISSED by {:.0} %", (found / limit - 1.0) * 1e2)
        };
        text.push_str(&format!("{figure:<36}{limit:>10.1}{found:>10.1}  {verdict}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_says_by_how_much() {
        assert!(table(&[Target::new("x", 10.0, 12.0)]).contains("MISSED by 20 %"));
        assert!(table(&[Target::new("x", 10.0, 10.0)]).contains("met"));
    }
}

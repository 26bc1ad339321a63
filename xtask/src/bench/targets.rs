//! What was to be reached, in wasm.

use serde::Serialize;

use super::report::Report;

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
pub(super) fn held_to(wasm: &Report) -> Vec<Target> {
    let (key_generation, rotation, sign) = (&wasm.key_generation, &wasm.rotation, &wasm.sign);
    vec![
        Target::new("rotation, both parties, mult", 1_000.0, rotation.mult(rotation.both_ms)),
        Target::new("rotation, client alone, mult", 550.0, rotation.mult(rotation.client_ms)),
        Target::new(
            "rotation, longest client task, ms",
            50.0,
            rotation.longest_client_task_ms,
        ),
        Target::new(
            "key generation, both parties, mult",
            15.0,
            key_generation.mult(key_generation.both_ms),
        ),
        Target::new("sign, cold, both parties, mult", 100.0, sign.mult(sign.both_ms)),
        Target::new("sign, kB", 75.0, sign.bytes as f64 / 1e3),
    ]
}

/// The targets as a table.
pub(super) fn table(targets: &[Target]) -> String {
    let mut text = format!("\n{:<36}{:>10}{:>10}\n", "Targets, wasm", "at most", "found");
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

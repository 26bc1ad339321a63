//! The model, explored: what holds and what does not without each rule, whether it ends well, and that docs/claim.md says the same.
//!
//! `CLAIMKIT_LONG=1` explores larger settings besides; `CLAIMKIT_BLESS=1` writes the generated parts of docs/claim.md.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod document;
mod mutants;
mod names;
mod second;

use std::sync::LazyLock;

use model::{Action, Graph, LONG, SETTINGS, SIGHTS, Setting, Until, WIPED};

/// What exploring a setting came to.
struct Explored {
    setting: Setting,
    graph: Graph,
}

impl Explored {
    fn of(setting: &Setting) -> Self {
        Self {
            setting: *setting,
            graph: Graph::explore(*setting, Until::Exhausted),
        }
    }
}

/// The settings of every run, each explored once for all tests.
static EXPLORED: LazyLock<Vec<Explored>> = LazyLock::new(|| SETTINGS.iter().map(Explored::of).collect());

fn is_long() -> bool {
    std::env::var_os("CLAIMKIT_LONG").is_some()
}

fn told(way: &[Action]) -> String {
    way.iter().map(|action| format!("\n    {action}")).collect()
}

fn holds_and_ends_well(explored: &Explored) {
    let (name, graph) = (explored.setting.name, &explored.graph);
    println!("{name}: {} states, {} transitions", graph.states(), graph.transitions());
    if let Some((property, way)) = graph.broken().next() {
        panic!("{name}: not {}: {}{}", property.id(), property.text(), told(&way));
    }
    if let Some(way) = graph.stuck() {
        panic!("{name}: a quiet network does not end well after{}", told(&way));
    }
    let wiped = (explored.setting.wipes > 0).then_some(&WIPED);
    for sight in SIGHTS.iter().filter(|_| !explored.setting.claimed).chain(wiped) {
        assert!(graph.shows(sight), "{name}: never seen: {}", sight.text);
    }
}

#[test]
fn every_property_holds_in_every_state_and_a_quiet_network_ends_well_from_each() {
    EXPLORED.iter().for_each(holds_and_ends_well);
}

#[test]
fn the_same_holds_in_larger_settings() {
    if is_long() {
        let rows = LONG.iter().map(|setting| {
            let explored = Explored::of(setting);
            holds_and_ends_well(&explored);
            document::row(&explored)
        });
        document::compare(&[("long", document::settings(rows))]);
    }
}

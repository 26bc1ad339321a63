//! The generated parts of docs/claim.md: diagrams and tables. `CLAIMKIT_BLESS=1` writes them.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf, sync::Mutex};

use model::{At, Property, Step, Stored};

use crate::{
    EXPLORED, Explored,
    mutants::{Falls, MUTANTS},
};

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/claim.md")
}

/// The text between two marks, with the marks' lines left out.
fn part<'a>(document: &'a str, name: &str) -> (usize, &'a str) {
    let mark = format!("<!-- model: {name} -->\n");
    let start = document
        .find(&mark)
        .unwrap_or_else(|| panic!("docs/claim.md has no part «{name}»"))
        + mark.len();
    let length = document[start..].find("<!-- end -->").unwrap();
    (start, &document[start..start + length])
}

fn diagram<N: Ord + Copy + core::fmt::Debug>(arrows: impl Iterator<Item = (N, &'static str, N)>, first: N) -> String {
    let mut labels: BTreeMap<(N, N), Vec<&str>> = BTreeMap::new();
    for (from, label, to) in arrows {
        let labels = labels.entry((from, to)).or_default();
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let mut text = format!("```mermaid\nstateDiagram-v2\n    [*] --> {first:?}\n");
    for ((from, to), labels) in labels {
        writeln!(text, "    {from:?} --> {to:?}: {}", labels.join(", ")).unwrap();
    }
    text + "```\n"
}

fn client() -> String {
    let everything = &EXPLORED[2].graph;
    // A page may close or stop anywhere: drawn only where it leads elsewhere than to no page and an open one.
    let arrows = everything.edges().page.iter().filter(|(_, step, to)| match step {
        Step::Close => false,
        Step::Stop | Step::Refused => *to != At::Open,
        _ => true,
    });
    diagram(arrows.map(|(from, step, to)| (*from, step.as_str(), *to)), At::Closed)
}

fn co_signer() -> String {
    let everything = &EXPLORED[1].graph;
    let arrows = everything.edges().co_signer.iter();
    diagram(
        arrows.map(|(from, write, to)| (*from, write.as_str(), *to)),
        Stored::Unclaimed,
    )
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn settings(rows: impl Iterator<Item = String>) -> String {
    let head = "| Setting | Begins | Wipes | Signs meanwhile | Requests come again | States | Transitions |\n|---|---|---|---|---|---|---|\n";
    head.to_owned() + &rows.collect::<String>()
}

pub(crate) fn row(explored: &Explored) -> String {
    let Explored { setting, graph } = explored;
    let said = |is: bool| if is { "yes" } else { "" };
    format!(
        "| {} | {} | {} | {} | {} | {} | {} |\n",
        setting.name,
        if setting.claimed { "claimed" } else { "prepared" },
        setting.wipes,
        said(setting.signs),
        said(setting.replays),
        grouped(graph.states() as u64),
        grouped(graph.transitions()),
    )
}

fn properties() -> String {
    let mut text = "| | In every state |\n|---|---|\n".to_owned();
    for property in Property::ALL {
        writeln!(text, "| {} | {} |", property.id(), property.text()).unwrap();
    }
    text
}

fn mutants() -> String {
    let mut text = "| Without the rule | Setting | What falls | Steps |\n|---|---|---|---|\n".to_owned();
    for mutant in MUTANTS.iter() {
        let (falls, steps) = match mutant.falls {
            Falls::Property(property) => (
                format!("**{}**: {}", property.id(), property.text()),
                mutant.steps.to_string(),
            ),
            Falls::GoodEnd => (
                "**good end**: a quiet network ends well".to_owned(),
                mutant.steps.to_string(),
            ),
            Falls::Nothing => ("nothing".to_owned(), String::new()),
        };
        writeln!(
            text,
            "| {} | {} | {falls} | {steps} |",
            mutant.rule.without(),
            mutant.setting.name
        )
        .unwrap();
    }
    text
}

/// Held while the document is read and written.
static DOCUMENT: Mutex<()> = Mutex::new(());

pub(crate) fn compare(parts: &[(&str, String)]) {
    let _held = DOCUMENT.lock().unwrap();
    let mut document = std::fs::read_to_string(path()).unwrap();
    for (name, wanted) in parts {
        let (start, kept) = part(&document, name);
        if kept == wanted {
            continue;
        }
        assert!(
            std::env::var_os("CLAIMKIT_BLESS").is_some(),
            "«{name}» of docs/claim.md is not what the model says; CLAIMKIT_BLESS=1 writes it. It says:\n{wanted}"
        );
        let end = start + kept.len();
        document.replace_range(start..end, wanted);
        std::fs::write(path(), &document).unwrap();
    }
}

#[test]
fn the_document_says_what_the_model_says() {
    compare(&[
        ("client", client()),
        ("co-signer", co_signer()),
        ("properties", properties()),
        ("settings", settings(EXPLORED.iter().map(row))),
        ("mutants", mutants()),
    ]);
}

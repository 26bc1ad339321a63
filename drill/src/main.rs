//! The drill: kills either side at every point, and looks whether a wallet was lost.
#![allow(clippy::print_stdout, reason = "a command speaks on its terminal")]

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use clap::{Parser, Subcommand};
use drill::{
    campaign::Campaign,
    case::{Case, Set},
    process,
    report::Report,
    run::play,
    verdict::Harm,
};

/// Kills the client, the co-signer or both at every point of a claim, and harms every message; then lets a person open the page until
/// the wallets sign, and looks whether exactly one epoch does.
#[derive(Parser)]
#[command(name = "claimkit-drill")]
struct Arguments {
    /// Writes what was found to this file: points, runs, lost, stuck, doubleLive, seed
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Runs of the random set [default: 500; 40 with --quick, 10000 with --long]
    #[arg(long)]
    runs: Option<u64>,
    /// Where the random schedules, and the places where logs are torn, are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plays pairs with wallets of both schemes too
    #[arg(long)]
    long: bool,
    /// Plays each point once for each who may die there, and of the other sets a part that the seed draws: what every change must pass
    #[arg(long, conflicts_with = "long")]
    quick: bool,
    /// Plays this set alone; may be given again for more
    #[arg(long, value_name = "SET", value_parser = Set::ALL.map(Set::as_str))]
    only: Vec<String>,
    /// Plays one case again, by the name that a failure prints, with the same seed
    #[arg(long, value_name = "CASE")]
    replay: Option<String>,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// A client in a process of its own: the drill starts it, and kills it
    #[command(hide = true)]
    Client(process::Client),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Part::Client(client)) = arguments.part {
        client.run();
        return ExitCode::SUCCESS;
    }
    let is_clean = match &arguments.replay {
        Some(name) => replay(name, arguments.seed),
        None => campaign(&arguments),
    };
    match is_clean {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn replay(name: &str, seed: u64) -> bool {
    if let Some(plan) = process::Plan::named(name, seed) {
        return replay_processes(&plan);
    }
    let Some(case) = Case::named(name, seed) else {
        println!("there is no case of this name: {name}");
        return false;
    };
    println!("{:#?}", case.script);
    let outcome = play(case.mix.types(), case.script.clone());
    for (point, fallen) in &outcome.passed {
        println!("{fallen} {point}");
    }
    println!("{:?}", outcome.visits);
    holds(outcome.harm)
}

fn replay_processes(plan: &process::Plan) -> bool {
    println!("{plan:#?}");
    match process::Programs::find() {
        Ok(programs) => {
            let outcome = process::play(&programs, plan);
            outcome.trace.iter().for_each(|event| println!("{event}"));
            println!("{:?}", outcome.visits);
            holds(outcome.harm)
        }
        Err(said) => {
            println!("{said}");
            false
        }
    }
}

fn holds(harm: Option<Harm>) -> bool {
    match &harm {
        Some(harm) => println!("{harm:?}"),
        None => println!("held"),
    }
    harm.is_none()
}

fn campaign(arguments: &Arguments) -> bool {
    let begun = Instant::now();
    let wanted = |set: &Set| arguments.only.is_empty() || arguments.only.iter().any(|name| name == set.as_str());
    let runs = arguments.runs.unwrap_or(match (arguments.quick, arguments.long) {
        (true, _) => 40,
        (_, true) => 10_000,
        (false, false) => 500,
    });
    let campaign = Campaign {
        seed: arguments.seed,
        runs,
        processes: if arguments.quick && arguments.runs.is_none() {
            12
        } else {
            runs
        },
        sets: Set::ALL.into_iter().filter(wanted).collect(),
        is_long: arguments.long,
        is_quick: arguments.quick,
    };
    let report = campaign.play(&|line| println!("{:>5} s  {line}", begun.elapsed().as_secs()));
    if let Some(file) = &arguments.json {
        let json = format!("{:#}\n", report.to_json(arguments.seed));
        if let Err(error) = fs::write(file, json) {
            println!("{} can't be written: {error}", file.display());
            return false;
        }
    }
    conclude(&report, arguments)
}

fn conclude(report: &Report, arguments: &Arguments) -> bool {
    println!();
    for set in Set::ALL {
        let tally = report.tally(set);
        if tally.runs > 0 {
            println!(
                "{:<9} {:>6} runs, {} lost, {} stuck, {} double-live, {} untidy",
                set.as_str(),
                tally.runs,
                tally.lost,
                tally.stuck,
                tally.double_live,
                tally.untidy
            );
        }
    }
    let missed = report.missed();
    let registered = drill::point::Point::registered().len();
    println!(
        "{} of {registered} points passed; seed {}",
        registered - missed.len(),
        arguments.seed
    );
    for point in &missed {
        println!("  never passed: {point}");
    }
    for (case, _) in &report.harmed {
        println!("again: cargo xtask drill --seed {} --replay '{case}'", arguments.seed);
    }
    report.harmed.is_empty() && (missed.is_empty() || !arguments.only.is_empty())
}

//! Prints the native figures as JSON: `benches [repetitions]`.
#![allow(clippy::print_stdout, reason = "the figures are its output")]

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let repetitions = std::env::args().nth(1).map_or(Ok(20), |argument| argument.parse())?;
    println!("{}", serde_json::to_string(&benches::measure(repetitions)?)?);
    Ok(())
}

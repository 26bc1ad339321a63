//! The commands.

use std::{io::Write, process::ExitCode};

use base64ct::{Base64UrlUnpadded, Encoding};
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use wallet::WalletType;

use crate::{
    evidence::{self, Question},
    input::{self, Failure},
    report,
};

/// Ends what could not be asked: clap's own status for arguments that it doesn't take.
pub(crate) const USAGE: u8 = 2;

/// claimkit, without a network: what a receipt and a refusal are worth.
#[derive(Parser)]
#[command(name = "claimkit", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check receipts, and refusals against the receipts of their wallets.
    #[command(after_long_help = VERIFY)]
    Verify(Verify),
}

#[derive(Args)]
struct Verify {
    /// A receipt or a refusal: a file that holds some, one a line, `-` for the standard input, or the text itself. They are told
    /// apart by what they are.
    #[arg(required = true, value_name = "RECEIPT|REFUSAL")]
    evidence: Vec<String>,
    /// The co-signer's receipt key, 32 bytes in base64url, as `claimkit-cosigner identity` prints it: refuse any other's.
    #[arg(long, value_name = "RECEIPT_KEY", value_parser = receipt_key, allow_hyphen_values = true)]
    co_signer: Option<[u8; 32]>,
    /// What the wallets are for, which no receipt says: print their addresses, and refuse wallets of another scheme. May be given again
    /// for wallets of several types.
    #[arg(long = "type", value_name = "TYPE", value_parser = wallet_type())]
    types: Vec<WalletType>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const VERIFY: &str = "\
Checks of each receipt the co-signer's signature, the proofs of both new shares, and the wallet's signature by them, which no ordinary signature
can pass for; of each refusal the co-signer's signature, and that it is of what a receipt of that wallet says is dead. Ends with 0 only if all of it holds, with 1 if
something doesn't, which is said in a sentence, and with 2 if that could not be looked at.

A receipt does not prove that the co-signer has erased its old share, nor a refusal that the next one will be refused too. Both are signed
by a key that stands in them: whose it is must be known by other means, from the app, or from who runs the co-signer. Give it by
--co-signer.

Example:
  claimkit verify claimkit-receipts.txt --co-signer QPiTz-02Sv4vu7zpFSXHwN9bp8VxY1GAynomyQ0D6FY --type EVM --type SOLANA";

fn receipt_key(text: &str) -> Result<[u8; 32], &'static str> {
    let mut key = [0; 32];
    match Base64UrlUnpadded::decode(text, &mut key).map(<[u8]>::len) {
        Ok(32) => Ok(key),
        Ok(_) | Err(_) => Err("a receipt key is 32 bytes in base64url"),
    }
}

fn wallet_type() -> impl TypedValueParser<Value = WalletType> {
    let names = WalletType::ALL.iter().map(|kind| kind.as_str());
    PossibleValuesParser::new(names).try_map(|name| WalletType::parse(&name).ok_or("no type of wallet"))
}

/// Does what the arguments say.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let Command::Verify(asked) = arguments.command;
    let mut texts = Vec::new();
    for (number, argument) in asked.evidence.iter().enumerate() {
        texts.extend(input::read(number + 1, argument)?);
    }
    let question = Question {
        co_signer: asked.co_signer,
        types: asked.types,
    };
    let findings = evidence::examine(&texts, &question);
    let is_known = question.co_signer.is_some();
    let told = if asked.json {
        report::json(&findings, is_known).to_string()
    } else {
        report::words(&findings)
    };
    writeln!(std::io::stdout(), "{told}").map_err(Failure::Output)?;
    if !is_known {
        complain("warning: any key could have signed this: give the co-signer's, known by other means, by --co-signer");
    }
    findings.faults.iter().for_each(|fault| complain(fault));
    Ok(ExitCode::from(u8::from(!findings.faults.is_empty())))
}

/// Writes a sentence to the standard error.
pub(crate) fn complain(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "claimkit: {sentence}");
}

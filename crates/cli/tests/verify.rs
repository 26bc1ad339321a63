//! The command as people run it, on what a real claim gave and on what somebody changed in it.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use ed25519_dalek::{Signer, SigningKey};
use serde_json::Value;
use tempfile::TempDir;
use wire::{Envelope, Refusal};

/// Three receipts of one claim, then the refusals of the shares that it retired; the co-signer's key.
const EVIDENCE: &str = include_str!("../../wallet/tests/released/evidence-v1.txt");
const CO_SIGNER: &str = "QPiTz-02Sv4vu7zpFSXHwN9bp8VxY1GAynomyQ0D6FY";
/// A receipt of an imported key by another co-signer, whose key is known, and the refusal that goes with it.
const ENVELOPES: &str = include_str!("../../wire/tests/released/v1.json");
const REFUSAL: &str = include_str!("../../wire/tests/released/refusal-v1.txt");
const KEY: [u8; 32] = [0xa3; 32];

/// What the command gave.
struct Run {
    status: i32,
    output: String,
    errors: String,
}

fn claimkit<S: AsRef<std::ffi::OsStr>>(arguments: &[S], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_claimkit"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It need not read what it was not asked to.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let ended = child.wait_with_output().unwrap();
    Run {
        status: ended.status.code().unwrap(),
        output: String::from_utf8(ended.stdout).unwrap(),
        errors: String::from_utf8(ended.stderr).unwrap(),
    }
}

fn verify(arguments: &[&str]) -> Run {
    claimkit(&[&["verify"], arguments].concat(), "")
}

fn lines() -> Vec<&'static str> {
    EVIDENCE.lines().collect()
}

fn other_receipt() -> String {
    let kept: Value = serde_json::from_str(ENVELOPES).unwrap();
    kept["receipt"].as_str().unwrap().to_owned()
}

/// A file that holds this.
fn file(content: impl AsRef<[u8]>) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("evidence.txt");
    fs::write(&path, content).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

/// The same text with its last bits changed, but still a text of its kind.
fn damaged(text: &str) -> String {
    let (head, tail) = text.split_at(text.len() - 10);
    let changed = tail.replacen(|_| true, if tail.starts_with('A') { "B" } else { "A" }, 1);
    format!("{head}{changed}")
}

/// A refusal with a lie in it, signed by the co-signer of the other receipt.
fn lying(lie: impl FnOnce(&mut Refusal)) -> String {
    let mut refusal = Refusal::from_text(REFUSAL).unwrap();
    lie(&mut refusal);
    refusal.signature = SigningKey::from_bytes(&KEY)
        .sign(&refusal.body.signed_bytes())
        .to_bytes();
    refusal.to_text().to_string()
}

#[test]
fn what_a_claim_gave_holds_wherever_it_comes_from() {
    let (_folder, path) = file(EVIDENCE);
    for (arguments, input) in [
        (vec![path.as_str()], ""),
        (vec!["-"], EVIDENCE),
        (lines(), ""),
        (lines().into_iter().rev().collect(), ""),
        ([vec!["-"], lines().split_off(1)].concat(), lines()[0]),
    ] {
        let run = claimkit(&[vec!["verify", "--co-signer", CO_SIGNER], arguments].concat(), input);
        assert_eq!((run.status, run.errors.as_str()), (0, ""));
        assert!(
            run.output.contains("All of it holds: 3 receipts, 3 refusals."),
            "{}",
            run.output
        );
    }
}

#[test]
fn what_holds_is_told_in_words() {
    let (_folder, path) = file(EVIDENCE);
    let run = verify(&[&path, "--type", "EVM", "--type", "SOLANA"]);
    assert_eq!(run.status, 0);
    for words in [
        "Wallet tKvUIyMh2J70hlYMPe7uRA",
        "0xA021F0A7dC37594509B487d3F93f98c27A9CdF14 (EVM)",
        "6cjxYVrfhJpYtwqfDDyoBtgjXMKuyJc4TURgaxcQtbte (SOLANA)",
        "1 began, 0 was retired, on 2026-09-21 14:13:20 UTC",
        "by the wallet with both new shares, and by the co-signer QPiTz-02Sv4vu7zpFSXHwN9bp8VxY1GAynomyQ0D6FY",
        "epoch 0, on 2026-09-21 14:15:00 UTC",
        "Not proved: that the co-signer has erased its old shares",
    ] {
        assert!(run.output.contains(words), "{words}\n{}", run.output);
    }
    assert!(
        run.errors.contains("warning: any key could have signed this"),
        "{}",
        run.errors
    );
    let imported = verify(&[&other_receipt(), REFUSAL.trim()]);
    assert_eq!(imported.status, 0);
    assert!(
        imported.output.contains("yes: somebody had the key before"),
        "{}",
        imported.output
    );
}

#[test]
fn json_says_the_same() {
    let (_folder, path) = file(EVIDENCE);
    let run = verify(&[
        &path,
        "--json",
        "--co-signer",
        CO_SIGNER,
        "--type",
        "SOLANA",
        "--type",
        "COSMOS",
    ]);
    let found: Value = serde_json::from_str(&run.output).unwrap();
    assert_eq!((&found["holds"], &found["coSignerKnown"]), (&true.into(), &true.into()));
    assert_eq!(found["faults"], Value::Array(Vec::new()));
    let solana = &found["wallets"][1];
    assert_eq!(
        *solana,
        serde_json::json!({
            "walletId": "A9UktIG1eC7FAeJ5plxsrg",
            "addresses": [{ "type": "SOLANA", "address": "6cjxYVrfhJpYtwqfDDyoBtgjXMKuyJc4TURgaxcQtbte" }],
            "scheme": "eddsa-ed25519",
            "publicKey": "0x537255d6a7cbb4eb8d1390f835801efb3fcfc4ec8c6533dea52b73a844385703",
            "epoch": 1,
            "retiredEpoch": 0,
            "imported": false,
            "committedAt": 1_790_000_000_000_u64,
            "credentialId": "BOgLUOD1_kEqA42F7JAWoQ",
            "coSigner": CO_SIGNER,
            "refusals": [{ "epoch": 0, "committedAt": 1_790_000_000_000_u64, "refusedAt": 1_790_000_100_000_u64 }],
        })
    );
}

#[test]
fn each_lie_is_told_and_ends_with_1() {
    let [evm, _, _, evm_refused, solana_refused, _] = lines()[..] else {
        panic!("six lines");
    };
    let other = other_receipt();
    // Base64url may begin with a hyphen.
    let other_key = format!("-{}", "A".repeat(42));
    let (changed_receipt, changed_refusal) = (damaged(evm), damaged(evm_refused));
    let later = lying(|refusal| refusal.body.epoch.0 += 1);
    let at_another_time = lying(|refusal| refusal.body.committed_at -= 1);
    let backwards = lying(|refusal| refusal.body.refused_at = 0);
    let key = SigningKey::from_bytes(&KEY).verifying_key().to_bytes();
    let evm_wallet = Refusal::from_text(evm_refused).unwrap().body;
    let by_another = lying(|refusal| {
        refusal.body = evm_wallet.clone();
        refusal.body.co_signer = key;
    });
    let of_another_key = lying(|refusal| refusal.body.public_key = evm_wallet.public_key);
    for (arguments, sentence) in [
        (
            vec![&changed_receipt[..]],
            "argument 1: the receipt's signature by the co-signer does not hold",
        ),
        (
            vec![evm, &changed_refusal],
            "argument 2: the refusal's signature by the co-signer does not hold",
        ),
        (
            vec![evm, solana_refused],
            "argument 2: there is no receipt of its wallet here that holds",
        ),
        (
            vec![evm_refused],
            "argument 1: there is no receipt of its wallet here that holds",
        ),
        (
            vec![&other, &later],
            "argument 2: the refusal is of an epoch that the receipt does not retire",
        ),
        (
            vec![&other, &at_another_time],
            "argument 2: the refusal names another time of the commit than the receipt",
        ),
        (
            vec![&other, &backwards],
            "argument 2: the refusal is older than the commit that it rests on",
        ),
        (
            vec![&other, &of_another_key],
            "argument 2: the refusal is of another key than the receipt",
        ),
        (
            vec![evm, &by_another],
            "argument 2: the refusal is signed by another co-signer than the receipt",
        ),
        (
            vec![&other, "--co-signer", &other_key],
            "argument 1: the receipt is signed by another key than --co-signer",
        ),
        (
            vec![evm, &by_another, "--co-signer", CO_SIGNER],
            "argument 2: the refusal is signed by another key than --co-signer",
        ),
        (
            vec![evm, "--type", "SOLANA"],
            "argument 1: the receipt's wallet signs by another scheme than wallets of --type",
        ),
    ] {
        let run = verify(&arguments);
        assert_eq!(run.status, 1, "{sentence}");
        assert!(run.errors.contains(sentence), "{sentence}\n{}", run.errors);
        assert!(run.output.contains("NOT all of it holds"), "{}", run.output);
    }
}

#[test]
fn what_is_something_else_is_named_by_its_place_and_never_shown() {
    let kept: Value = serde_json::from_str(ENVELOPES).unwrap();
    let secret = kept["prepared_shares"][0].as_str().unwrap();
    let receipt = lines()[0];
    let (_folder, path) = file(format!("{receipt}\r\n\n{secret}\nhello\n"));
    let run = verify(&[&path]);
    assert_eq!(run.status, 1);
    for line in [3, 4] {
        let sentence = format!("{path}, line {line}: this is neither a receipt nor a refusal");
        assert!(run.errors.contains(&sentence), "{}", run.errors);
    }
    assert!(
        run.output.contains("1 receipt, 0 refusals do, 2 do not"),
        "{}",
        run.output
    );
    let given = verify(&[secret]);
    assert_eq!(given.status, 1);
    for shown in [run.output, run.errors, given.output, given.errors] {
        assert!(!shown.contains(secret));
    }
    for nothing in [&b""[..], b"\n \n", &[0xff; 40]] {
        let (_folder, path) = file(nothing);
        let run = verify(&[&path]);
        assert_eq!(run.status, 1);
        assert!(
            run.errors.contains(&format!("{path}: this is neither")),
            "{}",
            run.errors
        );
    }
}

#[test]
fn what_cannot_be_looked_at_ends_with_2() {
    let (_folder, long) = file(vec![b'a'; 1024 * 1024 + 1]);
    let receipt = lines()[0];
    for (arguments, words) in [
        (vec!["verify"], "required arguments"),
        (
            vec!["verify", "no-such-file"],
            "no-such-file is neither a file that can be read",
        ),
        (vec!["verify", &long], "is longer than 1 MiB"),
        (
            vec!["verify", receipt, "--co-signer", "AAAA"],
            "a receipt key is 32 bytes in base64url",
        ),
        (
            vec!["verify", receipt, "--type", "BITCOIN"],
            "possible values: EVM, COSMOS, SOLANA",
        ),
        (vec!["verify", receipt, "--network"], "unexpected argument"),
        (vec![], "Usage"),
    ] {
        let run = claimkit(&arguments, "");
        assert_eq!((run.status, run.output.as_str()), (2, ""), "{arguments:?}");
        assert!(run.errors.contains(words), "{}", run.errors);
    }
}

#[test]
fn help_has_an_example_and_says_what_is_not_proved() {
    let run = verify(&["--help"]);
    assert_eq!(run.status, 0);
    for words in [
        "Example:\n  claimkit verify ",
        "does not prove that the co-signer has erased",
        "known by other means",
    ] {
        assert!(run.output.contains(words), "{words}");
    }
}

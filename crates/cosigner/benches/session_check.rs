//! What the co-signer spends on a request of a session before it does anything: the body's hash, the headers, the key, the signature
//! and the nonce. Prints its figures as JSON: `session_check [repetitions]`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the figures are its output, and where there are none it has failed"
)]

use std::{hint::black_box, time::Instant};

use axum::http::HeaderMap;
use cosigner::fuzzing::Requests;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use sha2::{Digest, Sha256};
use wire::{
    ProcessMark, RequestKey,
    http_signature::{CONTENT_DIGEST, Parameters, SIGNATURE, SIGNATURE_INPUT, content_digest, signature_header},
};

const NOW: u64 = 1_790_000_000;
const PATH: &str = "/v1/sign";
/// About what a session asks for, in bytes; the query of an ECDSA signature has four times as many.
const BODY: usize = 1_024;
const WARM_UP: u32 = 100;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let repetitions: u32 = asked.unwrap_or(2_000).max(1);
    let (key, body) = (SigningKey::from_slice(&[7; 32]).unwrap(), vec![7; BODY]);
    let public = RequestKey(key.verifying_key().to_sec1_point(false).as_bytes().try_into().unwrap());
    let requests = Requests::new((repetitions + WARM_UP) as usize);
    let take = |headers: &HeaderMap| {
        let start = Instant::now();
        let taken = requests.take((black_box(headers), PATH, &body), &public, NOW);
        assert!(taken.is_some());
        start.elapsed().as_secs_f64() * 1e3
    };
    let headers = |number| signed(&key, number, &body);
    for number in repetitions..repetitions + WARM_UP {
        take(&headers(number));
    }
    let mut times: Vec<_> = (0..repetitions).map(|number| take(&headers(number))).collect();
    times.sort_by(f64::total_cmp);
    let figures = serde_json::json!({
        "repetitions": repetitions,
        "bodyBytes": BODY,
        "medianMs": times[times.len() / 2],
        "leastMs": times[0],
    });
    println!("{figures}");
}

fn signed(key: &SigningKey, number: u32, body: &[u8]) -> HeaderMap {
    let mut nonce = [0; 16];
    nonce[..4].copy_from_slice(&number.to_be_bytes());
    let made = Parameters {
        created: NOW,
        nonce,
        process: ProcessMark([9; 16]),
    };
    let digest = content_digest(&Sha256::digest(body).into());
    let signature: Signature = key.sign(made.base(PATH, &digest).as_bytes());
    let signature = signature_header(&signature.to_bytes().into());
    let headers = [
        (CONTENT_DIGEST, digest),
        (SIGNATURE_INPUT, made.to_header()),
        (SIGNATURE, signature),
    ];
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    headers.into_iter().collect()
}

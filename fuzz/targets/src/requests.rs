//! The signature of a session's request, part by part: each part arbitrary once, the others honest.

use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderValue};
use cosigner::fuzzing::Requests;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use sha2::{Digest, Sha256};
use wire::{
    ProcessMark, RequestKey,
    http_signature::{
        CONTENT_DIGEST, Parameters, SIGNATURE, SIGNATURE_INPUT, content_digest, signature_header, signature_of,
    },
};

use crate::{choosing, chosen};

const NOW: u64 = 1_790_000_000;
const PATH: &str = "/v1/sign";
const BODY: &[u8] = b"sealed";
const KINDS: [fn(&[u8]) -> bool; 5] = [parameters, signature, digest, body, headers];

fn key() -> &'static (SigningKey, RequestKey) {
    static KEY: OnceLock<(SigningKey, RequestKey)> = OnceLock::new();
    KEY.get_or_init(|| {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let public = RequestKey(point.as_bytes().try_into().unwrap());
        (key, public)
    })
}

/// What an honest request says, as bytes of its three headers.
struct Said([Vec<u8>; 3]);

const NAMES: [&str; 3] = [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE];

impl Said {
    fn signed(made: Parameters) -> Self {
        let digest = content_digest(&Sha256::digest(BODY).into());
        let signature: Signature = key().0.sign(made.base(PATH, &digest).as_bytes());
        let signature = signature_header(&signature.to_bytes().into());
        Self([digest, made.to_header(), signature].map(String::into_bytes))
    }

    fn honest() -> Self {
        Self::signed(Parameters {
            created: NOW,
            nonce: [1; 16],
            process: ProcessMark([2; 16]),
        })
    }

    /// The same with other bytes in one header.
    fn with(mut self, place: usize, bytes: &[u8]) -> Self {
        self.0[place] = bytes.to_vec();
        self
    }

    /// Shows it to a co-signer that has taken nothing yet. What it takes, it takes once.
    fn shown(&self, body: &[u8]) -> Option<Parameters> {
        let mut headers = HeaderMap::new();
        for (name, value) in NAMES.into_iter().zip(&self.0) {
            headers.insert(name, HeaderValue::from_bytes(value).ok()?);
        }
        let requests = Requests::new(8);
        let take = || requests.take((&headers, PATH, body), &key().1, NOW);
        let taken = take()?;
        assert_eq!(take(), None, "taken twice");
        Some(taken)
    }
}

/// Whatever the parameters are, the signature is of them: what is read must be what was written, and of now.
fn parameters(bytes: &[u8]) -> bool {
    let Some(read) = core::str::from_utf8(bytes).ok().and_then(Parameters::from_header) else {
        assert_eq!(Said::honest().with(1, bytes).shown(BODY), None, "another form");
        return false;
    };
    assert_eq!(read.to_header().as_bytes(), bytes, "a second form");
    let taken = Said::signed(read).shown(BODY);
    assert_eq!(taken, (read.created.abs_diff(NOW) <= 300).then_some(read), "time");
    taken.is_some()
}

fn signature(bytes: &[u8]) -> bool {
    if let Some(read) = core::str::from_utf8(bytes).ok().and_then(signature_of) {
        assert_eq!(signature_header(&read).as_bytes(), bytes, "a second form");
    }
    let honest = Said::honest();
    let taken = Said::honest().with(2, bytes).shown(BODY).is_some();
    // Of one message there is (r, s) and (r, −s): these characters say r but for half a byte.
    assert!(!taken || bytes[..52] == honest.0[2][..52], "another signature");
    taken
}

fn digest(bytes: &[u8]) -> bool {
    let taken = Said::honest().with(0, bytes).shown(BODY).is_some();
    assert_eq!(taken, bytes == Said::honest().0[0], "another digest");
    taken
}

fn body(bytes: &[u8]) -> bool {
    let taken = Said::honest().shown(bytes).is_some();
    assert_eq!(taken, bytes == BODY, "another body");
    taken
}

/// All three, a line each.
fn headers(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
    let mut next = || lines.next().unwrap_or_default();
    let said = Said([next(), next(), next()]);
    said.shown(BODY).is_some()
}

/// Reads one part.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(read, bytes)| read(&bytes))
}

/// The honest parts.
pub fn seeds() -> Vec<Vec<u8>> {
    let honest = Said::honest();
    let late = Parameters {
        created: NOW - 300,
        nonce: [0xff; 16],
        process: ProcessMark([0; 16]),
    };
    vec![
        choosing(0, &honest.0[1]),
        choosing(0, late.to_header().as_bytes()),
        choosing(1, &honest.0[2]),
        choosing(2, &honest.0[0]),
        choosing(3, BODY),
        choosing(4, &honest.0.join(&b'\n')),
        choosing(4, &Said::signed(late).0.join(&b'\n')),
    ]
}

//! The signature of a session's request: an HTTP message signature (RFC 9421) over method, path, body, time and a nonce, in the one
//! form that is used here and no other.
//!
//! ```text
//! Content-Digest: sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:
//! Signature-Input: claimkit=("@method" "@path" "content-digest");created=1790000000;nonce="…";alg="ecdsa-p256-sha256";tag="…"
//! Signature: claimkit=:…:
//! ```
//!
//! The path is the one below the co-signer's address, as its messages name it. The tag names the process of the co-signer that the
//! request is for, as its unlock or its refusal told it: no other takes the request.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use borsh::{BorshDeserialize, BorshSerialize};

/// The header of the body's hash (RFC 9530).
pub const CONTENT_DIGEST: &str = "content-digest";
/// The header that says what is signed.
pub const SIGNATURE_INPUT: &str = "signature-input";
/// The header of the signature.
pub const SIGNATURE: &str = "signature";

/// What is signed, in this order.
const COMPONENTS: &str = "(\"@method\" \"@path\" \"content-digest\")";
/// The one algorithm (RFC 9421 §3.3.4).
const ALGORITHM: &str = "ecdsa-p256-sha256";
/// The signature's label.
const LABEL: &str = "claimkit=";

/// The key that a session's requests are signed by: a point of P-256, SEC1, not compressed. That it is a point is seen where it is
/// used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RequestKey(pub [u8; 65]);

/// Which process of a co-signer a request is for: 16 random bytes, other ones after each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProcessMark(pub [u8; 16]);

impl ProcessMark {
    /// The mark as text: base64url.
    pub fn to_text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }

    /// Reads a mark; nothing of another form.
    pub fn from_text(text: &str) -> Option<Self> {
        sixteen(text).map(Self)
    }
}

/// The parameters of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// When it was made, Unix seconds by the co-signer's clock.
    pub created: u64,
    /// Sixteen random bytes, used once.
    pub nonce: [u8; 16],
    /// The process that it is for.
    pub process: ProcessMark,
}

impl Parameters {
    fn to_text(self) -> String {
        let nonce = Base64UrlUnpadded::encode_string(&self.nonce);
        let (created, tag) = (self.created, self.process.to_text());
        format!("{COMPONENTS};created={created};nonce=\"{nonce}\";alg=\"{ALGORITHM}\";tag=\"{tag}\"")
    }

    /// The value of `Signature-Input`.
    pub fn to_header(self) -> String {
        format!("{LABEL}{}", self.to_text())
    }

    /// Reads the value of `Signature-Input`: what [`Parameters::to_header`] writes, and nothing else.
    pub fn from_header(value: &str) -> Option<Self> {
        let (created, rest) = value
            .strip_prefix(LABEL)?
            .strip_prefix(COMPONENTS)?
            .strip_prefix(";created=")?
            .split_once(";nonce=\"")?;
        let (nonce, rest) = rest.split_once('"')?;
        let (_, tag) = rest.split_once(";tag=\"")?;
        let read = Self {
            created: created.parse().ok()?,
            nonce: sixteen(nonce)?,
            process: ProcessMark::from_text(tag.strip_suffix('"')?)?,
        };
        (read.to_header() == value).then_some(read)
    }

    /// What is signed (RFC 9421 §2.5): of a POST to `path`, with this value of `Content-Digest`.
    pub fn base(self, path: &str, content_digest: &str) -> String {
        let parameters = self.to_text();
        format!(
            "\"@method\": POST\n\"@path\": {path}\n\"content-digest\": {content_digest}\n\"@signature-params\": {parameters}"
        )
    }
}

/// The value of `Content-Digest`, of a body with this SHA-256.
pub fn content_digest(sha256: &[u8; 32]) -> String {
    format!("sha-256=:{}:", Base64::encode_string(sha256))
}

/// The value of `Signature`: r and s, 32 bytes each, big-endian.
pub fn signature_header(signature: &[u8; 64]) -> String {
    format!("{LABEL}:{}:", Base64::encode_string(signature))
}

/// Reads the value of `Signature`: what [`signature_header`] writes, and nothing else.
pub fn signature_of(value: &str) -> Option<[u8; 64]> {
    let text = value.strip_prefix(LABEL)?.strip_prefix(':')?.strip_suffix(':')?;
    let mut signature = [0; 64];
    let read = Base64::decode(text, &mut signature).ok()?.len();
    (read == signature.len()).then_some(signature)
}

fn sixteen(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let read = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len();
    (read == bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: Parameters = Parameters {
        created: 1_790_000_000,
        nonce: [1; 16],
        process: ProcessMark([2; 16]),
    };

    #[test]
    fn the_base_is_that_of_rfc_9421() {
        let base = PARAMETERS.base("/v1/sign", &content_digest(&[3; 32]));
        let lines: Vec<_> = base.split('\n').collect();
        assert_eq!(
            lines,
            [
                "\"@method\": POST",
                "\"@path\": /v1/sign",
                "\"content-digest\": sha-256=:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=:",
                "\"@signature-params\": (\"@method\" \"@path\" \"content-digest\");created=1790000000;\
                 nonce=\"AQEBAQEBAQEBAQEBAQEBAQ\";alg=\"ecdsa-p256-sha256\";tag=\"AgICAgICAgICAgICAgICAg\"",
            ]
        );
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let header = PARAMETERS.to_header();
        assert_eq!(Parameters::from_header(&header), Some(PARAMETERS));
        for other in [
            header.replacen("claimkit=", "sig1=", 1),
            header.replacen("\"@path\" ", "", 1),
            header.replacen("\"@method\" \"@path\"", "\"@path\" \"@method\"", 1),
            header.replacen("created=1", "created=+1", 1),
            header.replacen("created=1", "created=01", 1),
            header.replacen("created=1790000000", "created=18446744073709551616", 1),
            header.replacen("p256", "p384", 1),
            header.replacen("AQEB", "AQE", 1),
            header.replacen("AQEBAQEBAQEBAQEBAQEBAQ", "AQEBAQEBAQEBAQEBAQEBAR", 1),
            header.replacen(";alg", ";expires=1;alg", 1),
            format!("{header};x=1"),
            format!("{header}, other={}", &header[9..]),
            format!(" {header}"),
            String::new(),
        ] {
            assert_eq!(Parameters::from_header(&other), None, "{other}");
        }
        let signature = signature_header(&[5; 64]);
        assert_eq!(signature_of(&signature), Some([5; 64]));
        for other in [
            signature.replacen("claimkit", "sig1", 1),
            signature.replacen("BQUF", "", 1),
            signature.replacen("==", "", 1),
            format!("{signature}, {signature}"),
            String::new(),
        ] {
            assert_eq!(signature_of(&other), None, "{other}");
        }
    }
}

//! The labels that separate one use of a hash from another, and the tagged hash itself.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

macro_rules! tags {
    ($($(#[$doc:meta])+ $name:ident = $tag:literal;)+) => {
        $($(#[$doc])+ pub(crate) const $name: &str = $tag;)+

        /// Every tag of this crate.
        #[cfg(test)]
        const ALL: &[&str] = &[$($tag),+];
    };
}

tags! {
    /// The session id of a key generation.
    KEYGEN_SID = "claimkit/keygen/sid/v1";
    /// The client's commitment of a key generation.
    KEYGEN_COMMITMENT = "claimkit/keygen/commitment/v1";
    /// What the co-signer's proof is bound to in a key generation.
    KEYGEN_OFFER = "claimkit/keygen/offer/v1";
    /// The whole transcript of a key generation: the key id.
    KEYGEN_TRANSCRIPT = "claimkit/keygen/transcript/v1";
    /// A party's confirmation of the transcript of a key generation.
    KEYGEN_CONFIRMATION = "claimkit/keygen/confirmation/v1";
    /// The chain code.
    KEYGEN_CHAIN_CODE = "claimkit/keygen/chain-code/v1";
    /// The seed of a party's secrets in a key generation.
    KEYGEN_DRAWS = "claimkit/keygen/draws/v1";
    /// The challenge of a proof of knowledge in a key generation.
    KEYGEN_PROOF = "claimkit/keygen/proof/v1";
    /// The session id of an import.
    IMPORT_SID = "claimkit/import/sid/v1";
    /// The whole transcript of an import: the key id.
    IMPORT_TRANSCRIPT = "claimkit/import/transcript/v1";
    /// The seed of the client's secrets in an import.
    IMPORT_DRAWS = "claimkit/import/draws/v1";
    /// The challenge of a proof of knowledge in an import.
    IMPORT_PROOF = "claimkit/import/proof/v1";
    /// The session id of a refresh.
    REFRESH_SID = "claimkit/refresh/sid/v1";
    /// The client's commitment of a refresh.
    REFRESH_COMMITMENT = "claimkit/refresh/commitment/v1";
    /// The transcript of a refresh up to the client's opening.
    REFRESH_TRANSCRIPT = "claimkit/refresh/transcript/v1";
    /// What the client's proof of its next share is bound to: the next public shares, what they are for, and the transcript.
    REFRESH_NEXT = "claimkit/refresh/next/v1";
    /// The same with the client's proof: what the co-signer's proof is bound to.
    REFRESH_PROVED = "claimkit/refresh/proved/v1";
    /// δ, the distance between old and new shares.
    REFRESH_DELTA = "claimkit/refresh/delta/v1";
    /// The seed of a party's contribution to a refresh.
    REFRESH_DRAWS = "claimkit/refresh/draws/v1";
    /// The challenge of a proof of knowledge in a refresh.
    REFRESH_PROOF = "claimkit/refresh/proof/v1";
    /// The tweak of the key that a statement is signed under.
    STATEMENT_KEY = "claimkit/statement/key/v1";
    /// The HPKE info of a request.
    CHANNEL_REQUEST = "claimkit/channel/request/v1";
    /// The exporter's label of the secret from which an answer's key comes.
    CHANNEL_EXPORT = "claimkit/channel/export/v1";
    /// What an answer is bound to.
    CHANNEL_ANSWER = "claimkit/channel/answer/v1";
    /// What a refusal is bound to.
    CHANNEL_REFUSAL = "claimkit/channel/refusal/v1";
    /// The HPKE info of bytes with no answer.
    CHANNEL_ONE_WAY = "claimkit/channel/one-way/v1";
    /// The seed of a request's ephemeral key.
    CHANNEL_DRAWS = "claimkit/channel/draws/v1";
    /// The seed of an answer's nonce.
    CHANNEL_ANSWER_DRAWS = "claimkit/channel/answer-draws/v1";
    /// The session id of a pairing.
    PAIRING_SID = "claimkit/pairing/sid/v1";
    /// The seed of the co-signer's secrets in a pairing.
    PAIRING_DRAWS = "claimkit/pairing/draws/v1";
    /// The seed of the client's secret in a base transfer.
    PAIRING_TRANSFER_DRAWS = "claimkit/pairing/transfer-draws/v1";
    /// The domain of the hash to the curve in a base transfer (RFC 9380 §3.1).
    PAIRING_POINT = "claimkit/pairing/point/v1";
    /// One of the two keys of a base transfer.
    PAIRING_KEY = "claimkit/pairing/key/v1";
    /// The children of a tree's node.
    PAIRING_NODE = "claimkit/pairing/node/v1";
    /// The seed that a tree's leaf leaves.
    PAIRING_LEAF = "claimkit/pairing/leaf/v1";
    /// The check value that a tree's leaf leaves.
    PAIRING_CHECK = "claimkit/pairing/check/v1";
    /// The hash of a tree's check values.
    PAIRING_TREE = "claimkit/pairing/tree/v1";
    /// The stream that the extension draws from a seed.
    EXTENSION_STREAM = "claimkit/extension/stream/v1";
    /// χ, the challenge of the extension's check.
    EXTENSION_CHALLENGE = "claimkit/extension/challenge/v1";
    /// The hash that the extension's check compares.
    EXTENSION_CHECK = "claimkit/extension/check/v1";
    /// The public vector g of the multiplication.
    MULTIPLY_GADGET = "claimkit/multiply/gadget/v1";
    /// θ, the challenge of the multiplication's check.
    MULTIPLY_CHALLENGE = "claimkit/multiply/challenge/v1";
    /// μ, the hash that the multiplication's check compares.
    MULTIPLY_CHECK = "claimkit/multiply/check/v1";
    /// Everything that two parties must agree on before they sign.
    SIGN_CONTEXT = "claimkit/sign/context/v1";
    /// The session id of a signature.
    SIGN_SID = "claimkit/sign/sid/v1";
    /// The seed of a party's secrets in a signature.
    SIGN_DRAWS = "claimkit/sign/draws/v1";
    /// The client's query.
    SIGN_QUERY = "claimkit/sign/query/v1";
    /// The pads of the transfers in a signature.
    SIGN_PAD = "claimkit/sign/pad/v1";
    /// H(R'), which moves the co-signer's nonce.
    SIGN_NONCE = "claimkit/sign/nonce/v1";
    /// The transcript up to R.
    SIGN_OPENED = "claimkit/sign/opened/v1";
    /// The transcript up to the masks of the multiplications.
    SIGN_TRANSCRIPT = "claimkit/sign/transcript/v1";
    /// H(Γ¹), which hides φ.
    SIGN_FIRST_MASK = "claimkit/sign/first-mask/v1";
    /// H(Γ²), which hides the co-signer's half of the signature.
    SIGN_SECOND_MASK = "claimkit/sign/second-mask/v1";
    /// Everything that two parties must agree on before they sign with Ed25519.
    EDDSA_CONTEXT = "claimkit/eddsa/context/v1";
    /// The seed of a party's nonces in a signature with Ed25519.
    EDDSA_DRAWS = "claimkit/eddsa/draws/v1";
    /// The seed of the nonce of a proof of knowledge.
    PROOF_DRAWS = "claimkit/proof/draws/v1";
    /// The stream that a message's secrets are drawn from.
    HEDGE_STREAM = "claimkit/hedge/stream/v1";
    /// The challenge of the proof that R = k_A·D_B in a signature.
    SIGN_PROOF = "claimkit/sign/proof/v1";
}

/// SHA-256 over a tag and inputs, each preceded by its length in 8 bytes, little-endian.
///
/// The one hash of claimkit: claim transcripts, challenges and statements use it as the protocols do.
pub fn hash(tag: &str, inputs: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in core::iter::once(tag.as_bytes()).chain(inputs.iter().copied()) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Twice 256 bits from a tag and inputs: two hashes, told apart by a first input of one byte.
pub(crate) fn hash_wide(tag: &str, inputs: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut wide = Zeroizing::new([0; 64]);
    for (counter, half) in (0u8..).zip(wide.chunks_exact_mut(32)) {
        let counter = [counter];
        let inputs: Vec<&[u8]> = core::iter::once(&counter[..]).chain(inputs.iter().copied()).collect();
        half.copy_from_slice(Zeroizing::new(hash(tag, &inputs)).as_slice());
    }
    wide
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn tags_are_distinct_and_versioned() {
        assert_eq!(ALL.iter().collect::<HashSet<_>>().len(), ALL.len());
        for tag in ALL {
            assert!(tag.starts_with("claimkit/") && tag.ends_with("/v1"), "{tag}");
        }
    }

    #[test]
    fn a_moved_boundary_between_inputs_changes_the_hash() {
        let hashes = [
            hash("ab", &[b"c"]),
            hash("a", &[b"bc"]),
            hash("a", &[b"b", b"c"]),
            hash("a", &[b"bc", b""]),
            hash("a", &[b"", b"bc"]),
        ];
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), hashes.len());
    }

    #[test]
    fn the_hash_is_sha_256_of_length_prefixed_parts() {
        let plain = Sha256::digest(b"\x01\0\0\0\0\0\0\0t\x02\0\0\0\0\0\0\0xy");
        assert_eq!(hash("t", &[b"xy"]), <[u8; 32]>::from(plain));
    }
}

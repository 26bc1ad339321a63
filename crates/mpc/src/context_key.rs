//! The key that a statement is signed under: one of its own, so that no ordinary signature is one of a statement (docs/protocol.md,
//! Statement).
//!
//! A wallet signs whatever its person asks it to: also the digest of a statement, if a page says so. What shares say of themselves they
//! therefore sign under X + tG, with t a hash of X and of what is said.

use crate::{Abort, Digest, KeyInfo, Point, Role, Share, Signature, scalar::SecretScalar, tags};

/// The key that X's shares sign a statement of this digest under.
///
/// # Errors
/// [`Abort::Degenerate`] for one digest in 2²⁵⁵.
///
/// Source: docs/protocol.md, Statement, step 1.
pub fn statement_key(public_key: &Point, digest: &Digest) -> Result<Point, Abort> {
    let tweak = tweak(public_key, digest)?.to_point();
    public_key.plus(&tweak)?.ok_or(Abort::Degenerate)
}

fn tweak(public_key: &Point, digest: &Digest) -> Result<SecretScalar, Abort> {
    let inputs: [&[u8]; 2] = [&public_key.to_bytes(), &digest.0];
    SecretScalar::hash(public_key.scheme(), tags::STATEMENT_KEY, &inputs)
}

impl Share {
    /// The share that signs a statement of this digest, and nothing else: it is dropped with the signature.
    ///
    /// # Errors
    /// As [`statement_key`].
    ///
    /// Source: docs/protocol.md, Statement, step 2.
    pub fn for_statement(&self, digest: &Digest) -> Result<Self, Abort> {
        let tweak = tweak(&self.public_key(), digest)?;
        let client = self.info().client.plus(&tweak.to_point())?;
        let info = KeyInfo {
            client: client.ok_or(Abort::Degenerate)?,
            ..self.info().clone()
        };
        let secret = match self.role() {
            Role::Client => self.secret().plus(&tweak)?,
            Role::CoSigner => self.secret().copy(),
        };
        Self::new(self.role(), secret, info)
    }
}

impl Signature {
    /// Verifies the signature of a statement, of this digest, by the shares of X.
    ///
    /// # Errors
    /// As [`Signature::verify`], which refuses it for X itself, and for every digest but this.
    pub fn verify_statement(&self, public_key: &Point, digest: &Digest) -> Result<(), Abort> {
        self.verify(&statement_key(public_key, digest)?, digest)
    }
}

#[cfg(test)]
mod tests;

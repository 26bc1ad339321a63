//! What the hashes of a signature are bound to: each stage to all before it.

use k256::{ProjectivePoint, Scalar};

use super::{Digest, Query};
#[cfg(test)]
use crate::traps::{self, Trap};
use crate::{
    Abort, PairingId, Role, RunId, Share,
    multiply::{Challenge, Masked},
    oracle::Oracle,
    proof::{ProofOfKnowledge, Statement},
    secp256k1::{self, Point},
    tags,
};

/// What both parties must agree on before anything secret is touched.
pub(super) fn context(pairing: PairingId, run: RunId, share: &Share, digest: &Digest) -> [u8; 32] {
    let (info, public_key) = (share.info().to_bytes(), share.public_key().to_bytes());
    tags::hash(tags::SIGN_CONTEXT, &[&pairing.0, &run.0, &info, &public_key, &digest.0])
}

/// The session of a query; the client's nonce makes it new whatever the caller's run id is.
pub(super) fn session_id(context: &[u8; 32], nonce: &[u8; 32]) -> [u8; 32] {
    tags::hash(tags::SIGN_SID, &[context, nonce])
}

/// The transcript when the client has spoken.
pub(super) struct Asked([u8; 32]);

/// The transcript when R is known.
pub(super) struct Opened {
    hash: [u8; 32],
    nonce_point: Point,
    client_nonce_point: Point,
}

/// The transcript when the multiplications are masked.
pub(super) struct Multiplied([u8; 32]);

impl Asked {
    pub(super) fn new(sid: &[u8; 32], query: &Query) -> Result<Self, Abort> {
        let query = borsh::to_vec(query).map_err(|_| Abort::Malformed("message"))?;
        Ok(Self(tags::hash(tags::SIGN_QUERY, &[sid, &query])))
    }

    pub(super) fn hash(&self) -> &[u8; 32] {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn duplicate(&self) -> Self {
        Self(self.0)
    }

    /// The pads of the transfers. Salted by the co-signer: a query sent twice meets other pads (trap T1).
    pub(super) fn pads(&self, salt: &[u8; 32]) -> Oracle {
        #[cfg(test)]
        let salt = if traps::is_open(Trap::Salt) { &[0; 32] } else { salt };
        Oracle::new(tags::SIGN_PAD, &[&self.0, salt])
    }

    /// H(R'), which the co-signer adds to k'.
    pub(super) fn offset(&self, salt: &[u8; 32], unmoved: &Point) -> Scalar {
        secp256k1::hash_to_scalar(tags::SIGN_NONCE, &[&self.0, salt, &unmoved.to_bytes()])
    }

    /// R = H(R')·D_B + R', and the transcript with it.
    pub(super) fn open(&self, client_nonce_point: &Point, salt: &[u8; 32], unmoved: &Point) -> Result<Opened, Abort> {
        let moved = client_nonce_point.to_projective() * self.offset(salt, unmoved) + unmoved.to_projective();
        let nonce_point = Point::new(moved).ok_or(Abort::Degenerate)?;
        let inputs: [&[u8]; 4] = [&self.0, salt, &unmoved.to_bytes(), &nonce_point.to_bytes()];
        Ok(Opened {
            hash: tags::hash(tags::SIGN_OPENED, &inputs),
            nonce_point,
            client_nonce_point: *client_nonce_point,
        })
    }
}

impl Opened {
    /// That the co-signer knows k_A with R = k_A·D_B.
    pub(super) fn statement(&self) -> Statement<'_> {
        Statement {
            tag: tags::SIGN_PROOF,
            context: &self.hash,
            role: Role::CoSigner,
            base: crate::Point::Secp256k1(self.client_nonce_point),
            point: crate::Point::Secp256k1(self.nonce_point),
        }
    }

    /// R.
    pub(super) fn nonce_point(&self) -> &Point {
        &self.nonce_point
    }

    /// r: R's x, where it is below q and not zero. Both parties give up on the others, one in 2¹²⁷.
    pub(super) fn r(&self) -> Result<Scalar, Abort> {
        let r = crate::secp256k1::Scalar::from_bytes(&self.nonce_point.x()).map_err(|_| Abort::Degenerate)?;
        if bool::from(r.get().is_zero()) {
            Err(Abort::Degenerate)
        } else {
            Ok(*r.get())
        }
    }

    pub(super) fn multiply(&self, proof: &ProofOfKnowledge, nonce: &Masked<3>, key: &Masked<2>) -> Multiplied {
        let inputs: [&[u8]; 4] = [&self.hash, &proof.to_bytes(), &nonce.to_bytes(), &key.to_bytes()];
        Multiplied(tags::hash(tags::SIGN_TRANSCRIPT, &inputs))
    }
}

impl Multiplied {
    /// The challenges of the two multiplications.
    pub(super) fn challenges(&self) -> [Challenge; 2] {
        [Challenge::new(&self.0, 1, 3), Challenge::new(&self.0, 2, 2)]
    }

    /// H(Γ¹), which hides φ.
    pub(super) fn first_mask(&self, point: ProjectivePoint) -> Result<Scalar, Abort> {
        self.mask(tags::SIGN_FIRST_MASK, point)
    }

    /// H(Γ²), which hides the co-signer's half of the signature.
    pub(super) fn second_mask(&self, point: ProjectivePoint) -> Result<Scalar, Abort> {
        self.mask(tags::SIGN_SECOND_MASK, point)
    }

    fn mask(&self, tag: &str, point: ProjectivePoint) -> Result<Scalar, Abort> {
        let point = Point::new(point).ok_or(Abort::Degenerate)?;
        Ok(secp256k1::hash_to_scalar(tag, &[&self.0, &point.to_bytes()]))
    }
}

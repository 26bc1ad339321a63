//! What one side brings to a refresh, and what both sides compute of it.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;

use super::Commitment;
use crate::{Abort, Epoch, KeyInfo, Point, Role, RunId, Scheme, Share, hedge::Hedged, scalar::SecretScalar, tags};

/// One side's part of δ: ρ, 32 random bytes, and E = eG, an ephemeral public key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub(super) struct Contribution {
    pub(super) entropy: [u8; 32],
    pub(super) ephemeral: Point,
}

/// What one side brings to a run: its old share, and what both sides bind.
pub(super) struct Run {
    role: Role,
    pub(super) secret: SecretScalar,
    info: KeyInfo,
    pub(super) public_key: Point,
    next_epoch: Epoch,
    pub(super) binding: [u8; 32],
    sid: [u8; 32],
}

impl Contribution {
    pub(super) fn random(scheme: Scheme, rng: &mut impl CryptoRngCore) -> (SecretScalar, Self) {
        let ephemeral = SecretScalar::random(scheme, rng);
        let mut entropy = [0; 32];
        rng.fill_bytes(&mut entropy);
        let contribution = Self {
            entropy,
            ephemeral: ephemeral.to_point(),
        };
        (ephemeral, contribution)
    }
}

impl Run {
    pub(super) fn new(role: Role, share: &Share, run: RunId, binding: &[u8; 32]) -> Result<Self, Abort> {
        share.expect_role(role)?;
        let info = share.info().clone();
        let next_epoch = info.epoch.next().ok_or(Abort::EpochsExhausted)?;
        let public_key = share.public_key();
        let inputs: [&[u8]; 4] = [&info.to_bytes(), &public_key.to_bytes(), &run.0, binding];
        let sid = tags::hash(tags::REFRESH_SID, &inputs);
        let secret = share.secret().copy();
        Ok(Self {
            role,
            secret,
            info,
            public_key,
            next_epoch,
            binding: *binding,
            sid,
        })
    }

    /// The source of this side's contribution, hedged with its old share and with what the peer
    /// `said` before it.
    pub(super) fn draws(&self, rng: &mut impl CryptoRngCore, said: &[u8]) -> Hedged {
        let asked: [&[u8]; 3] = [&self.sid, &[self.role as u8], said];
        Hedged::new(tags::REFRESH_DRAWS, rng, self.secret.to_bytes().as_slice(), &asked)
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.info.scheme
    }

    pub(super) fn commit(&self, client: &Contribution, salt: &[u8; 32]) -> Commitment {
        let inputs: [&[u8]; 5] = [
            &self.sid,
            &[Role::Client as u8],
            &client.entropy,
            &client.ephemeral.to_bytes(),
            salt,
        ];
        Commitment {
            hash: tags::hash(tags::REFRESH_COMMITMENT, &inputs),
        }
    }

    pub(super) fn transcript(
        &self,
        commitment: &Commitment,
        co_signer: &Contribution,
        client: &Contribution,
        salt: &[u8; 32],
    ) -> [u8; 32] {
        let inputs: [&[u8]; 7] = [
            &self.sid,
            &commitment.hash,
            &co_signer.entropy,
            &co_signer.ephemeral.to_bytes(),
            &client.entropy,
            &client.ephemeral.to_bytes(),
            salt,
        ];
        tags::hash(tags::REFRESH_TRANSCRIPT, &inputs)
    }

    /// δ, from what both sides said and from `shared`, e_c·e_s·G, which neither of them said. Never zero.
    pub(super) fn delta(
        &self,
        client: &Contribution,
        co_signer: &Contribution,
        shared: &[u8; 33],
    ) -> Result<SecretScalar, Abort> {
        if client.ephemeral == co_signer.ephemeral || client.entropy == co_signer.entropy {
            return Err(Abort::Mirrored);
        }
        let inputs: [&[u8]; 10] = [
            &[self.info.scheme as u8],
            &self.sid,
            &self.next_epoch.0.to_le_bytes(),
            &client.entropy,
            &co_signer.entropy,
            &self.public_key.to_bytes(),
            &self.binding,
            &client.ephemeral.to_bytes(),
            &co_signer.ephemeral.to_bytes(),
            shared,
        ];
        SecretScalar::hash(self.info.scheme, tags::REFRESH_DELTA, &inputs)
    }

    /// b′ = b − δ or a′ = a + δ, with B′ = B − δG and A′ = A + δG. Both public shares change, since δ is not zero.
    pub(super) fn next_share(self, delta: &SecretScalar) -> Result<Share, Abort> {
        let secret = match self.role {
            Role::Client => self.secret.minus(delta)?,
            Role::CoSigner => self.secret.plus(delta)?,
        };
        let shift = delta.to_point();
        let client = self.info.client.minus(&shift)?.ok_or(Abort::Degenerate)?;
        let co_signer = self.info.co_signer.plus(&shift)?.ok_or(Abort::Degenerate)?;
        let info = KeyInfo {
            epoch: self.next_epoch,
            client,
            co_signer,
            ..self.info
        };
        let next = Share::new(self.role, secret, info)?;
        if next.public_key() == self.public_key {
            Ok(next)
        } else {
            Err(Abort::Inconsistent)
        }
    }
}

//! The names that protocols bind: wallets, epochs, runs, pairings, roles.

use borsh::{BorshDeserialize, BorshSerialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// Draws a fresh name: 16 bytes from `rng`.
            pub fn random(rng: &mut impl rand_core::CryptoRngCore) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    };
}

id!(
    /// A wallet: 16 random bytes, drawn by the client at key generation.
    WalletId
);
id!(
    /// One run of one protocol: 16 random bytes of the client, bound into every hash of the run.
    RunId
);
id!(
    /// A device's oblivious-transfer set-up with the co-signer: 16 random bytes of the client.
    PairingId
);

/// The count of completed rotations: 0 is the prepared share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Epoch(pub u32);

impl Epoch {
    /// The epoch after this one, or nothing when the count is used up.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// The signature scheme of a key. The byte is part of every stored share and every transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Scheme {
    /// ECDSA over secp256k1.
    EcdsaSecp256k1 = 1,
    /// EdDSA over Ed25519 (RFC 8032, Ed25519).
    EddsaEd25519 = 2,
}

#[cfg(test)]
impl Scheme {
    /// Both schemes, for the tests of what serves either.
    pub(crate) const ALL: [Self; 2] = [Self::EcdsaSecp256k1, Self::EddsaEd25519];

    pub(crate) fn other(self) -> Self {
        match self {
            Self::EcdsaSecp256k1 => Self::EddsaEd25519,
            Self::EddsaEd25519 => Self::EcdsaSecp256k1,
        }
    }
}

/// Which of the two parties speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Role {
    /// The browser, or the back end before the claim.
    Client = 1,
    /// The server that holds the other share.
    CoSigner = 2,
}

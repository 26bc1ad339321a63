//! What a wallet is for: the chains whose addresses and signatures it makes.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::Scheme;
use serde::{Deserialize, Serialize};

/// What a wallet is for. The scheme follows from it, the form of its address too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum WalletType {
    /// Ethereum and its kin: ECDSA over secp256k1.
    #[serde(rename = "EVM")]
    Evm = 1,
    /// Cosmos and its kin: ECDSA over secp256k1.
    #[serde(rename = "COSMOS")]
    Cosmos = 2,
    /// Solana: Ed25519.
    #[serde(rename = "SOLANA")]
    Solana = 3,
}

impl WalletType {
    /// Every type.
    pub const ALL: &[Self] = &[Self::Evm, Self::Cosmos, Self::Solana];

    /// The type's name, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evm => "EVM",
            Self::Cosmos => "COSMOS",
            Self::Solana => "SOLANA",
        }
    }

    /// The type of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The scheme of the wallet's key.
    pub fn scheme(self) -> Scheme {
        match self {
            Self::Evm | Self::Cosmos => Scheme::EcdsaSecp256k1,
            Self::Solana => Scheme::EddsaEd25519,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_one_name_everywhere() {
        for kind in WalletType::ALL {
            assert_eq!(WalletType::parse(kind.as_str()), Some(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
        assert_eq!(WalletType::parse("evm"), None);
    }
}

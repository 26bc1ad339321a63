//! The passkeys of a wallet: whom its client share is sealed to.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{channel::ChannelPublicKey, tags};

use crate::{bounded, statement::to_bytes};

/// Tag of the hash of [`PasskeySet`].
const PASSKEYS: &str = "claimkit/passkeys/v1";

/// The most passkeys that open a wallet.
pub const MAX_PASSKEYS: usize = 8;

/// A passkey as a share is sealed to it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Recipient {
    /// The credential's id, 1 to 1,023 bytes.
    #[borsh(deserialize_with = "bounded::credential_id")]
    pub credential: Vec<u8>,
    /// The public half of the key that its PRF output becomes, an X25519 key as HPKE uses them. It is also what a changed PRF output is told by.
    pub key: ChannelPublicKey,
}

/// The passkeys that open a wallet, 1 to [`MAX_PASSKEYS`], in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeySet {
    /// How often they were changed since the claim.
    pub revision: u32,
    /// Each of them.
    #[borsh(deserialize_with = "bounded::list::<_, _, MAX_PASSKEYS>")]
    pub recipients: Vec<Recipient>,
}

impl PasskeySet {
    /// The one passkey that a claim makes.
    pub fn of(recipient: Recipient) -> Self {
        Self {
            revision: 0,
            recipients: vec![recipient],
        }
    }

    /// The passkey of a credential id, if it is one of them.
    pub fn recipient(&self, credential: &[u8]) -> Option<&Recipient> {
        self.recipients.iter().find(|known| known.credential == credential)
    }

    /// Their credentials' ids.
    pub fn credentials(&self) -> Vec<Vec<u8>> {
        self.recipients.iter().map(|known| known.credential.clone()).collect()
    }

    /// The same with one more; nothing if it is one of them, or there is no room.
    pub fn with(&self, recipient: Recipient) -> Option<Self> {
        if self.recipient(&recipient.credential).is_some() || self.recipients.len() >= MAX_PASSKEYS {
            return None;
        }
        let place = self
            .recipients
            .partition_point(|known| known.credential < recipient.credential);
        let mut recipients = self.recipients.clone();
        recipients.insert(place, recipient);
        self.changed(recipients)
    }

    /// The same without one; nothing if it is none of them, or the last.
    pub fn without(&self, credential: &[u8]) -> Option<Self> {
        let others = self.recipients.iter().filter(|known| known.credential != credential);
        let recipients: Vec<_> = others.cloned().collect();
        if recipients.is_empty() || recipients.len() == self.recipients.len() {
            return None;
        }
        self.changed(recipients)
    }

    /// The hash of all of it: what both sides name it by.
    pub fn digest(&self) -> [u8; 32] {
        tags::hash(PASSKEYS, &[&to_bytes(self)])
    }

    fn changed(&self, recipients: Vec<Recipient>) -> Option<Self> {
        Some(Self {
            revision: self.revision.checked_add(1)?,
            recipients,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(byte: u8) -> Recipient {
        Recipient {
            credential: vec![byte; 16],
            key: ChannelPublicKey([byte; 32]),
        }
    }

    #[test]
    fn what_is_added_stands_in_order_and_changes_the_digest() {
        let one = PasskeySet::of(recipient(2));
        let two = one.with(recipient(1)).unwrap();
        assert_eq!((two.revision, &two.recipients), (1, &vec![recipient(1), recipient(2)]));
        assert_ne!(one.digest(), two.digest());
        let back = two.without(&recipient(1).credential).unwrap();
        assert_eq!(back.recipients, one.recipients);
        // Another revision of the same passkeys is not the same.
        assert_ne!(back.digest(), one.digest());
    }

    #[test]
    fn neither_the_last_is_taken_away_nor_one_added_twice_nor_too_many() {
        let mut passkeys = PasskeySet::of(recipient(0));
        assert_eq!(passkeys.without(&recipient(0).credential), None);
        assert_eq!(passkeys.without(&recipient(1).credential), None);
        let other_key = Recipient {
            key: ChannelPublicKey([9; 32]),
            ..recipient(0)
        };
        assert_eq!(passkeys.with(other_key), None);
        for byte in 1..8 {
            passkeys = passkeys.with(recipient(byte)).unwrap();
        }
        assert_eq!(passkeys.with(recipient(8)), None);
    }
}

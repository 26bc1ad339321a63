//! Authenticator data (§6.1): what the authenticator says.

use sha2::{Digest, Sha256};
use wire::bounded::{MAX_CREDENTIAL_ID, MIN_NEW_CREDENTIAL_ID};

use super::{Refusal, cbor::Map};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

const MALFORMED: Refusal = Refusal::Malformed("authenticator data");

pub(super) struct AuthenticatorData<'a> {
    relying_party: [u8; 32],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) attested: Option<Attested<'a>>,
}

/// Attested credential data (§6.5.1).
pub(super) struct Attested<'a> {
    pub(super) id: &'a [u8],
    /// COSE_Key, exactly.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let (relying_party, rest) = bytes.split_first_chunk::<32>().ok_or(MALFORMED)?;
        let ([flags, count @ ..], mut rest) = rest.split_first_chunk::<5>().ok_or(MALFORMED)?;
        let attested = if flags & ATTESTED != 0 {
            let (attested, behind) = Attested::read(rest)?;
            rest = behind;
            Some(attested)
        } else {
            None
        };
        if flags & EXTENSIONS != 0 {
            rest = Map::read(rest, "authenticator extensions")?.1;
        }
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self {
            relying_party: *relying_party,
            flags: *flags,
            sign_count: u32::from_be_bytes(*count),
            attested,
        })
    }

    pub(super) fn is_backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) fn check(&self, rp_id: &str) -> Result<(), Refusal> {
        if self.relying_party != <[u8; 32]>::from(Sha256::digest(rp_id)) {
            return Err(Refusal::WrongRelyingParty);
        }
        if self.flags & USER_PRESENT == 0 {
            return Err(Refusal::NoUserPresence);
        }
        if self.flags & USER_VERIFIED == 0 {
            return Err(Refusal::NoUserVerification);
        }
        if self.flags & BACKUP_ELIGIBLE == 0 && self.flags & BACKED_UP != 0 {
            return Err(Refusal::WrongBackupState);
        }
        Ok(())
    }
}

impl<'a> Attested<'a> {
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Refusal> {
        let (_aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(MALFORMED)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(MALFORMED)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(MIN_NEW_CREDENTIAL_ID..=MAX_CREDENTIAL_ID).contains(&length) {
            return Err(MALFORMED);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(MALFORMED)?;
        let (_, behind) = Map::read(rest, "credential key")?;
        let (public_key, behind) = rest.split_at_checked(rest.len() - behind.len()).ok_or(MALFORMED)?;
        Ok((Self { id, public_key }, behind))
    }
}

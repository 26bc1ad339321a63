//! Readers for fields whose length is bounded: a length is refused before anything behind it is read, so a message costs no more
//! than its own bytes.

use borsh::{
    BorshDeserialize,
    io::{ErrorKind, Read, Result},
};

use crate::{ClaimantId, share::MAX_WALLETS};

/// Shortest id of a credential that is made, in bytes.
///
/// Source: W3C Web Authentication Level 3, §4, Credential ID.
pub const MIN_NEW_CREDENTIAL_ID: usize = 16;
/// Longest credential id, in bytes.
///
/// Source: W3C Web Authentication Level 3, §7.1.
pub const MAX_CREDENTIAL_ID: usize = 1023;
/// Longest attestation object and authenticator data, in bytes.
pub const MAX_AUTHENTICATOR_DATA: usize = 4 * 1024;
/// Longest client data, in bytes.
pub const MAX_CLIENT_DATA: usize = 2 * 1024;
/// Longest signature of a passkey, in bytes: ES256 takes 72 as DER, Ed25519 takes 64.
pub const MAX_PASSKEY_SIGNATURE: usize = 128;
/// Longest relying party id, a domain name, in bytes.
pub const MAX_RP_ID: usize = 253;
/// Longest name of a relying party, in bytes.
pub const MAX_RP_NAME: usize = 64;

/// Reads `MIN` to `MAX` bytes.
pub(crate) fn bytes<R: Read, const MIN: usize, const MAX: usize>(reader: &mut R) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length::<R, MIN, MAX>(reader)?];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads the id of a credential that may be known.
pub(crate) fn credential_id<R: Read>(reader: &mut R) -> Result<Vec<u8>> {
    bytes::<R, 1, MAX_CREDENTIAL_ID>(reader)
}

/// Reads the id of a credential that was just made.
pub(crate) fn new_credential_id<R: Read>(reader: &mut R) -> Result<Vec<u8>> {
    bytes::<R, MIN_NEW_CREDENTIAL_ID, MAX_CREDENTIAL_ID>(reader)
}

/// Reads authenticator data, or an attestation object around them.
pub(crate) fn authenticator_data<R: Read>(reader: &mut R) -> Result<Vec<u8>> {
    bytes::<R, 1, MAX_AUTHENTICATOR_DATA>(reader)
}

/// Reads client data.
pub(crate) fn client_data<R: Read>(reader: &mut R) -> Result<Vec<u8>> {
    bytes::<R, 1, MAX_CLIENT_DATA>(reader)
}

/// Reads a passkey's signature.
pub(crate) fn passkey_signature<R: Read>(reader: &mut R) -> Result<Vec<u8>> {
    bytes::<R, 1, MAX_PASSKEY_SIGNATURE>(reader)
}

/// Reads a relying party's id.
pub(crate) fn rp_id<R: Read>(reader: &mut R) -> Result<String> {
    text::<R, MAX_RP_ID>(reader)
}

/// Reads a relying party's name.
pub(crate) fn rp_name<R: Read>(reader: &mut R) -> Result<String> {
    text::<R, MAX_RP_NAME>(reader)
}

/// Reads the value of a claimant's id.
pub(crate) fn claimant<R: Read>(reader: &mut R) -> Result<String> {
    text::<R, { ClaimantId::MAX_LENGTH }>(reader)
}

/// Reads a list with at most one entry for each wallet of a request.
pub(crate) fn per_wallet<R: Read, T: BorshDeserialize>(reader: &mut R) -> Result<Vec<T>> {
    list::<R, T, MAX_WALLETS>(reader)
}

/// Reads UTF-8 of at most `MAX` bytes.
pub(crate) fn text<R: Read, const MAX: usize>(reader: &mut R) -> Result<String> {
    String::from_utf8(bytes::<R, 0, MAX>(reader)?).map_err(|_| ErrorKind::InvalidData.into())
}

/// Reads a list of at most `MAX` entries.
pub(crate) fn list<R: Read, T: BorshDeserialize, const MAX: usize>(reader: &mut R) -> Result<Vec<T>> {
    // Grown as entries come: a message that is cut short takes no memory for those that it only announces.
    let entries = (0..length::<R, 0, MAX>(reader)?).map(|_| T::deserialize_reader(reader));
    entries.collect()
}

fn length<R: Read, const MIN: usize, const MAX: usize>(reader: &mut R) -> Result<usize> {
    let length = usize::try_from(u32::deserialize_reader(reader)?).map_err(|_| ErrorKind::InvalidData)?;
    if (MIN..=MAX).contains(&length) {
        Ok(length)
    } else {
        Err(ErrorKind::InvalidData.into())
    }
}

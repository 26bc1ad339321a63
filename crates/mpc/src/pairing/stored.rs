//! The stored forms of a pairing.

use zeroize::Zeroizing;

use super::{ClientPairing, CoSignerPairing};
use crate::{Abort, PairingId, Role};

/// The version of a stored pairing's form.
const VERSION: u8 = 1;

impl ClientPairing {
    /// The bytes of the stored form: version, role, id, 32 × 16 leaves.
    const LENGTH: usize = 1 + 1 + 16 + 16 * 32 * 16;

    /// The pairing's name.
    pub fn id(&self) -> PairingId {
        self.id
    }

    /// The pairing as 8,210 bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(Self::LENGTH, Role::Client, self.id, self.leaves.as_flattened())
    }

    /// Reads a stored pairing.
    ///
    /// # Errors
    /// [`Abort::Malformed`] for another version, role or length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Abort> {
        let (id, mut words) = read(Self::LENGTH, Role::Client, bytes)?;
        let mut leaves = Box::new([[0; _]; _]);
        fill(leaves.as_flattened_mut(), &mut words);
        Ok(Self { id, leaves })
    }
}

impl CoSignerPairing {
    /// The bytes of the stored form: version, role, id, correlation, 32 × 15 leaves.
    const LENGTH: usize = 1 + 1 + 16 + 16 + 16 * 32 * 15;

    /// The pairing's name.
    pub fn id(&self) -> PairingId {
        self.id
    }

    /// The pairing as 7,714 bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let words = core::iter::once(&self.correlation).chain(self.leaves.as_flattened());
        write(Self::LENGTH, Role::CoSigner, self.id, words)
    }

    /// Reads a stored pairing.
    ///
    /// # Errors
    /// [`Abort::Malformed`] for another version, role or length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Abort> {
        let (id, mut words) = read(Self::LENGTH, Role::CoSigner, bytes)?;
        let mut pairing = Self {
            id,
            correlation: 0,
            leaves: Box::new([[0; _]; _]),
        };
        fill(core::slice::from_mut(&mut pairing.correlation), &mut words);
        fill(pairing.leaves.as_flattened_mut(), &mut words);
        Ok(pairing)
    }
}

fn write<'a>(
    length: usize,
    role: Role,
    id: PairingId,
    words: impl IntoIterator<Item = &'a u128>,
) -> Zeroizing<Vec<u8>> {
    // Of full size from the start: a vector that grows leaves copies of the secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    bytes.extend([VERSION, role as u8]);
    bytes.extend(id.0);
    for word in words {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes
}

fn read(length: usize, role: Role, bytes: &[u8]) -> Result<(PairingId, impl Iterator<Item = u128>), Abort> {
    let ([version, stored_role], rest) = bytes.split_first_chunk().ok_or(Abort::Malformed("pairing"))?;
    let (id, words) = rest.split_first_chunk().ok_or(Abort::Malformed("pairing"))?;
    if *version != VERSION || *stored_role != role as u8 || bytes.len() != length {
        return Err(Abort::Malformed("pairing"));
    }
    let words = words.as_chunks().0.iter().map(|word| u128::from_le_bytes(*word));
    Ok((PairingId(*id), words))
}

fn fill(places: &mut [u128], words: &mut impl Iterator<Item = u128>) {
    for (place, word) in places.iter_mut().zip(words) {
        *place = word;
    }
}

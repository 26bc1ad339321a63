//! Secret bytes inside a message or an envelope.

use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::Zeroizing;

/// Bytes that are erased when dropped and never printed.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// The longest that is read, in bytes.
    const LIMIT: usize = 64 * 1024;

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl core::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretBytes(<redacted>)")
    }
}

impl BorshSerialize for SecretBytes {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        self.0.as_slice().serialize(writer)
    }
}

impl BorshDeserialize for SecretBytes {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        // Read into a buffer of the final size: a growing one would leave copies behind that nobody erases.
        let length = u32::deserialize_reader(reader)? as usize;
        if length > Self::LIMIT {
            return Err(borsh::io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Zeroizing::new(vec![0; length]);
        reader.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }
}

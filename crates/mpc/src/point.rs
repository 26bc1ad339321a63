//! Points and scalars as they arrive: validated once, at the door.

use borsh::{BorshDeserialize, BorshSerialize};

/// A point of secp256k1 that is not the identity; on the wire 33 bytes, SEC 1 compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point(k256::ProjectivePoint);

impl Point {
    /// The 33 bytes of the compressed encoding (SEC 1 §2.3.3).
    pub fn to_bytes(&self) -> [u8; 33] {
        todo!()
    }

    /// Reads a compressed point.
    ///
    /// # Errors
    /// [`Abort::Malformed`](crate::Abort::Malformed) for another length or prefix, a point off the curve, the identity.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, crate::Abort> {
        todo!()
    }

    /// The 65 bytes of the uncompressed encoding (SEC 1 §2.3.3), from which chain addresses are made.
    pub fn to_uncompressed(&self) -> [u8; 65] {
        todo!()
    }
}

impl BorshSerialize for Point {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for Point {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let bytes = <[u8; 33]>::deserialize_reader(reader)?;
        Self::from_bytes(&bytes).map_err(|_| borsh::io::ErrorKind::InvalidData.into())
    }
}

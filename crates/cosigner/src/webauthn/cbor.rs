//! CBOR maps, read strictly: no key twice, nothing deep, nothing behind unless it is asked for.

use ciborium::Value;

use super::Refusal;

/// How deep a value may be.
const DEPTH: usize = 8;

/// A map whose entries are taken out one by one.
#[derive(Debug)]
pub(super) struct Map {
    entries: Vec<(Value, Value)>,
    what: &'static str,
}

impl Map {
    /// Reads a map that stands first, and gives what stands behind it.
    pub(super) fn read<'a>(bytes: &'a [u8], what: &'static str) -> Result<(Self, &'a [u8]), Refusal> {
        let malformed = Refusal::Malformed(what);
        let mut rest = bytes;
        let value: Value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH).map_err(|_| malformed)?;
        let map = Self::new(value.into_map().map_err(|_| malformed)?, what)?;
        Ok((map, rest))
    }

    /// Reads a map with nothing behind it.
    pub(super) fn read_whole(bytes: &[u8], what: &'static str) -> Result<Self, Refusal> {
        match Self::read(bytes, what)? {
            (map, []) => Ok(map),
            _ => Err(Refusal::Malformed(what)),
        }
    }

    fn new(entries: Vec<(Value, Value)>, what: &'static str) -> Result<Self, Refusal> {
        let twice = entries
            .iter()
            .enumerate()
            .any(|(index, (key, _))| entries.iter().skip(index + 1).any(|(other, _)| other == key));
        if twice {
            return Err(Refusal::Malformed(what));
        }
        Ok(Self { entries, what })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn take(&mut self, key: &Value) -> Result<Value, Refusal> {
        let index = self.entries.iter().position(|(found, _)| found == key);
        index
            .map(|index| self.entries.swap_remove(index).1)
            .ok_or(Refusal::Malformed(self.what))
    }

    pub(super) fn take_text(&mut self, key: &str) -> Result<String, Refusal> {
        self.take(&key.into())?
            .into_text()
            .map_err(|_| Refusal::Malformed(self.what))
    }

    pub(super) fn take_map(&mut self, key: &str) -> Result<Self, Refusal> {
        let entries = self
            .take(&key.into())?
            .into_map()
            .map_err(|_| Refusal::Malformed(self.what))?;
        Self::new(entries, self.what)
    }

    pub(super) fn take_bytes(&mut self, key: impl Into<Value>) -> Result<Vec<u8>, Refusal> {
        self.take(&key.into())?
            .into_bytes()
            .map_err(|_| Refusal::Malformed(self.what))
    }

    pub(super) fn take_integer(&mut self, key: i64) -> Result<i128, Refusal> {
        let integer = self.take(&key.into())?.into_integer();
        integer.map(i128::from).map_err(|_| Refusal::Malformed(self.what))
    }
}

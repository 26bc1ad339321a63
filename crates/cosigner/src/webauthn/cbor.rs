//! CBOR maps, read strictly: no key twice, few entries, nothing deep, nothing behind unless it is asked for.
//!
//! Each byte is read once, and each key is compared with at most [`MAX_ENTRIES`] others, so the work is linear in the bytes.

use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::Refusal;

/// How deep a value may be.
const DEPTH: usize = 8;
/// The most entries of a map or an array, at each depth.
pub(super) const MAX_ENTRIES: usize = 32;

/// What a map has its entries under: text, as attestation objects and extensions, or an integer, as a COSE_Key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    Integer(i128),
    Text(String),
}

impl From<i64> for Key {
    fn from(key: i64) -> Self {
        Self::Integer(key.into())
    }
}

impl From<&str> for Key {
    fn from(key: &str) -> Self {
        Self::Text(key.to_owned())
    }
}

/// A value, as far as anybody asks.
#[derive(Debug)]
pub(super) enum Item {
    Integer(i128),
    Text(String),
    Bytes(Vec<u8>),
    Map(Vec<(Key, Item)>),
    Other,
}

/// A map whose entries are taken out one by one.
#[derive(Debug)]
pub(super) struct Map {
    entries: Vec<(Key, Item)>,
    what: &'static str,
}

impl Map {
    /// Reads a map that stands first, and gives what stands behind it.
    pub(super) fn read<'a>(bytes: &'a [u8], what: &'static str) -> Result<(Self, &'a [u8]), Refusal> {
        let mut rest = bytes;
        match ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH) {
            Ok(Item::Map(entries)) => Ok((Self { entries, what }, rest)),
            Ok(_) | Err(_) => Err(Refusal::Malformed(what)),
        }
    }

    /// Reads a map with nothing behind it.
    pub(super) fn read_whole(bytes: &[u8], what: &'static str) -> Result<Self, Refusal> {
        match Self::read(bytes, what)? {
            (map, []) => Ok(map),
            _ => Err(Refusal::Malformed(what)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn take(&mut self, key: impl Into<Key>) -> Option<Item> {
        let key = key.into();
        let index = self.entries.iter().position(|(found, _)| *found == key);
        index.map(|index| self.entries.swap_remove(index).1)
    }

    pub(super) fn take_text(&mut self, key: &str) -> Result<String, Refusal> {
        match self.take(key) {
            Some(Item::Text(text)) => Ok(text),
            _ => Err(Refusal::Malformed(self.what)),
        }
    }

    pub(super) fn take_map(&mut self, key: &str) -> Result<Self, Refusal> {
        match self.take(key) {
            Some(Item::Map(entries)) => Ok(Self {
                entries,
                what: self.what,
            }),
            _ => Err(Refusal::Malformed(self.what)),
        }
    }

    pub(super) fn take_bytes(&mut self, key: impl Into<Key>) -> Result<Vec<u8>, Refusal> {
        match self.take(key) {
            Some(Item::Bytes(bytes)) => Ok(bytes),
            _ => Err(Refusal::Malformed(self.what)),
        }
    }

    pub(super) fn take_integer(&mut self, key: i64) -> Result<i128, Refusal> {
        match self.take(key) {
            Some(Item::Integer(integer)) => Ok(integer),
            _ => Err(Refusal::Malformed(self.what)),
        }
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Item::deserialize(deserializer)? {
            Item::Integer(integer) => Ok(Self::Integer(integer)),
            Item::Text(text) => Ok(Self::Text(text)),
            Item::Bytes(_) | Item::Map(_) | Item::Other => Err(D::Error::custom("a key of another kind")),
        }
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CBOR item")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Item, E> {
        Ok(Item::Integer(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Item, E> {
        Ok(Item::Integer(value.into()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Item, E> {
        Ok(Item::Integer(value))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Item, E> {
        Ok(Item::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Item, E> {
        Ok(Item::Text(value))
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<Item, E> {
        Ok(Item::Bytes(value.to_vec()))
    }

    fn visit_byte_buf<E: Error>(self, value: Vec<u8>) -> Result<Item, E> {
        Ok(Item::Bytes(value))
    }

    fn visit_none<E: Error>(self) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Item, A::Error> {
        let mut count = 0;
        while entries.next_element::<Item>()?.is_some() {
            count += 1;
            if count > MAX_ENTRIES {
                return Err(A::Error::custom("too many entries"));
            }
        }
        Ok(Item::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Item, A::Error> {
        let mut read: Vec<(Key, Item)> = Vec::new();
        while let Some(key) = entries.next_key()? {
            if read.len() == MAX_ENTRIES || read.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom("too many entries, or a key twice"));
            }
            read.push((key, entries.next_value()?));
        }
        Ok(Item::Map(read))
    }

    /// A tag (RFC 8949 §3.4): no structure of WebAuthn has one.
    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, _: A) -> Result<Item, A::Error> {
        Err(A::Error::custom("a tag"))
    }
}

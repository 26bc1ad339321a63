//! Bytes as browsers and password managers give them: buffers and views of whatever realm, arrays of numbers, base64url text.

use base64ct::{Base64UrlUnpadded, Encoding};
use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

use crate::host::{method, property};

/// The longest that is read, in bytes: attestation objects are the longest of what a passkey gives.
const LIMIT: u32 = 64 * 1024;

/// Bytes that can be read.
///
/// # Security
/// Told by what a value is and not by its class: `instanceof` knows nothing of another realm, and password managers hand over what their own
/// realm made. No length is believed beyond [`LIMIT`].
pub(super) enum Bytes {
    /// A buffer, or a view of one.
    View(Uint8Array),
    /// An array of numbers.
    Numbers(Array),
    /// Base64url.
    Text(Zeroizing<Vec<u8>>),
}

impl Bytes {
    /// What a value holds; nothing where that is no bytes, or too many. One that is detached, or empty, holds none.
    pub(super) fn of(value: &JsValue) -> Option<Self> {
        let length = |value: &JsValue, name| {
            let length = property(value, name).as_f64()?;
            let fits = length.fract() == 0.0 && (1.0..=f64::from(LIMIT)).contains(&length);
            fits.then_some(length as u32)
        };
        if ArrayBuffer::is_view(value) {
            let length = length(value, "byteLength")?;
            let offset = property(value, "byteOffset").as_f64()? as u32;
            let buffer = property(value, "buffer");
            return Some(Self::View(Uint8Array::new_with_byte_offset_and_length(
                &buffer, offset, length,
            )));
        }
        if is_buffer(value) {
            length(value, "byteLength")?;
            return Some(Self::View(Uint8Array::new(value)));
        }
        if Array::is_array(value) {
            length(value, "length")?;
            let numbers: Array = value.clone().unchecked_into();
            let is_byte = |place| byte(&numbers, place).is_some();
            return (0..numbers.length()).all(is_byte).then_some(Self::Numbers(numbers));
        }
        let text = Zeroizing::new(value.as_string()?);
        let text = text.trim_end_matches('=');
        let is_short = text.len() <= LIMIT as usize;
        let bytes = is_short.then(|| Base64UrlUnpadded::decode_vec(text).ok())?;
        bytes
            .filter(|bytes| !bytes.is_empty())
            .map(|bytes| Self::Text(Zeroizing::new(bytes)))
    }

    /// Copies all of them, where they are as many as fit.
    pub(super) fn copy_to(&self, place: &mut [u8]) -> bool {
        match self {
            Self::View(view) if view.length() as usize == place.len() => view.copy_to(place),
            Self::Numbers(numbers) if numbers.length() as usize == place.len() => {
                for (at, place) in (0..).zip(place) {
                    *place = byte(numbers, at).unwrap_or_default();
                }
            }
            Self::Text(bytes) if bytes.len() == place.len() => place.copy_from_slice(bytes),
            Self::View(_) | Self::Numbers(_) | Self::Text(_) => return false,
        }
        true
    }

    /// A copy of what is no secret.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        let length = match self {
            Self::View(view) => view.length() as usize,
            Self::Numbers(numbers) => numbers.length() as usize,
            Self::Text(bytes) => bytes.len(),
        };
        let mut copy = vec![0; length];
        self.copy_to(&mut copy);
        copy
    }

    /// Erases them where they stand. A text can't be, nor what is frozen.
    pub(super) fn erase(&self) {
        match self {
            Self::View(view) => drop(view.fill(0, 0, view.length())),
            Self::Numbers(numbers) => {
                for place in 0..numbers.length() {
                    let _ = Reflect::set_u32(numbers, place, &0.into());
                }
            }
            Self::Text(_) => {}
        }
    }
}

/// A member of an array, if it is a byte.
fn byte(numbers: &Array, place: u32) -> Option<u8> {
    let number = Reflect::get_u32(numbers, place).ok()?.as_f64()?;
    let is_byte = number.fract() == 0.0 && (0.0..=255.0).contains(&number);
    is_byte.then_some(number as u8)
}

/// Whether a value is a buffer, of whatever realm.
fn is_buffer(value: &JsValue) -> bool {
    let prototype = JsValue::from(Object::get_prototype_of(&Object::new().into()));
    let name = method(&prototype, "toString")
        .and_then(|name| name.call0(value).ok())
        .and_then(|name| name.as_string());
    matches!(
        name.as_deref(),
        Some("[object ArrayBuffer]" | "[object SharedArrayBuffer]")
    )
}

//! Option bags: what a caller passes, read once, each property checked.
//!
//! Not by serde: it would skip unknown properties, put rejected values into its messages, and let a throwing getter unwind through
//! this module without running a destructor.

use js_sys::{ArrayBuffer, Function, JsString, Object, Reflect, Symbol, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;
use zeroize::Zeroizing;

use crate::{error::Failure, promise::Asked};

/// An option bag, with the name of the call it was passed to.
pub(crate) struct Options {
    call: String,
    bag: JsValue,
}

impl Options {
    /// Takes a bag whose properties are all among `known`; a missing bag is an empty one.
    pub(crate) fn open(call: &str, value: &JsValue, known: &[&str]) -> Result<Self, Failure> {
        let bag = if value.is_undefined() {
            Object::new().into()
        } else {
            value.clone()
        };
        // Also refuses what is no object, and a proxy that throws.
        let names =
            Reflect::own_keys(&bag).map_err(|_| Failure::Argument(format!("{call} takes an object of options")))?;
        for name in names.iter().filter_map(|name| name.as_string()) {
            if !known.contains(&name.as_str()) {
                let known = known.join("`, `");
                let name = presentable(&name);
                return Err(Failure::Argument(format!(
                    "{call} knows no option {name}: it takes `{known}`"
                )));
            }
        }
        Ok(Self {
            call: call.to_owned(),
            bag,
        })
    }

    /// Reads a bag that holds a signal at most.
    pub(crate) fn only_signal(call: &str, value: &JsValue) -> Asked<()> {
        Ok(((), Self::open(call, value, &["signal"])?.signal()?))
    }

    /// A refusal of one property.
    pub(crate) fn refuse(&self, name: &str, expected: &str) -> Failure {
        Failure::Argument(format!("{}: `{name}` must be {expected}", self.call))
    }

    /// A property's value; nothing where it is missing or undefined. The bag's own alone: what something else put on every object was not asked
    /// for by this caller.
    fn get(&self, name: &str) -> Result<Option<JsValue>, Failure> {
        if !Object::has_own(self.bag.unchecked_ref::<Object>(), &name.into()) {
            return Ok(None);
        }
        let value = Reflect::get(&self.bag, &name.into()).map_err(|_| self.refuse(name, "readable"))?;
        Ok(Some(value).filter(|value| !value.is_undefined()))
    }

    /// A property as it is; nothing where it is missing or undefined.
    pub(crate) fn value(&self, name: &str) -> Result<Option<JsValue>, Failure> {
        self.get(name)
    }

    /// Whether a property is there.
    pub(crate) fn has(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.get(name)?.is_some())
    }

    /// A string.
    pub(crate) fn text(&self, name: &str) -> Result<Zeroizing<String>, Failure> {
        let value = self.get(name)?.unwrap_or(JsValue::UNDEFINED);
        string(&value).map_err(|expected| self.refuse(name, expected))
    }

    /// An array of strings.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<Zeroizing<String>>, Failure> {
        let expected = || self.refuse(name, "an array of strings");
        let value = self.get(name)?.ok_or_else(expected)?;
        let length = length(&value)
            .filter(|length| *length <= MAX_ELEMENTS)
            .ok_or_else(expected)?;
        let element = |index| string(&Reflect::get_u32(&value, index).ok()?).ok();
        (0..length).map(element).collect::<Option<_>>().ok_or_else(expected)
    }

    /// Exactly `N` bytes.
    pub(crate) fn bytes<const N: usize>(&self, name: &str) -> Result<Zeroizing<[u8; N]>, Failure> {
        let value = self.get(name)?.filter(|value| is_bytes(value, N));
        let value = value.ok_or_else(|| self.refuse(name, &format!("a Uint8Array of {N} bytes")))?;
        let mut bytes = Zeroizing::new([0; N]);
        value.unchecked_ref::<Uint8Array>().copy_to(bytes.as_mut_slice());
        Ok(bytes)
    }

    /// Up to `limit` bytes; not of a secret.
    pub(crate) fn any_bytes(&self, name: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        let is_bounded = |value: &JsValue| length(value).is_some_and(|length| length as usize <= limit);
        let value = self
            .get(name)?
            .filter(|value| is_byte_array(value) && is_bounded(value));
        let value = value.ok_or_else(|| self.refuse(name, &format!("a Uint8Array of at most {limit} bytes")))?;
        Ok(value.unchecked_ref::<Uint8Array>().to_vec())
    }

    /// Whether a property is a `Uint8Array` of that length.
    pub(crate) fn is_bytes(&self, name: &str, expected: usize) -> Result<bool, Failure> {
        Ok(self.get(name)?.is_some_and(|value| is_bytes(&value, expected)))
    }

    /// An array of whole numbers from 0 to 2³² − 1, if there is one.
    pub(crate) fn numbers(&self, name: &str) -> Result<Option<Vec<u32>>, Failure> {
        let expected = || self.refuse(name, "an array of whole numbers");
        let Some(value) = self.get(name)? else {
            return Ok(None);
        };
        let length = length(&value)
            .filter(|length| *length <= MAX_ELEMENTS)
            .ok_or_else(expected)?;
        let element = |index| whole(&Reflect::get_u32(&value, index).ok()?);
        let numbers = (0..length).map(element).collect::<Option<_>>();
        numbers.map(Some).ok_or_else(expected)
    }

    /// Whether a flag is set: false where it is left out.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.get(name)?.map(|value| value.as_bool()) {
            None => Ok(false),
            Some(Some(flag)) => Ok(flag),
            Some(None) => Err(self.refuse(name, "true or false")),
        }
    }

    /// A whole number from 1 to 2³² − 1, if there is one.
    pub(crate) fn count(&self, name: &str) -> Result<Option<u32>, Failure> {
        match self.get(name)?.map(|value| whole(&value)) {
            None => Ok(None),
            Some(Some(number)) if number > 0 => Ok(Some(number)),
            Some(_) => Err(self.refuse(name, "a whole number above 0")),
        }
    }

    /// A function, if there is one.
    pub(crate) fn function(&self, name: &str) -> Result<Option<Function>, Failure> {
        let function = self.get(name)?.map(JsCast::dyn_into).transpose();
        function.map_err(|_| self.refuse(name, "a function"))
    }

    /// An `AbortSignal` under `signal`, if there is one.
    pub(crate) fn signal(&self) -> Result<Option<AbortSignal>, Failure> {
        let Some(value) = self.get("signal")? else {
            return Ok(None);
        };
        // Read once with care: the getter of an impostor throws.
        let is_signal = Reflect::get(&value, &"aborted".into()).is_ok_and(|aborted| aborted.as_bool().is_some());
        match value.dyn_into() {
            Ok(signal) if is_signal => Ok(Some(signal)),
            Ok(_) | Err(_) => Err(self.refuse("signal", "an AbortSignal")),
        }
    }

    /// A bag in the bag.
    pub(crate) fn bag(&self, name: &str, known: &[&str]) -> Result<Self, Failure> {
        let value = self.get(name)?.ok_or_else(|| self.refuse(name, "an object"))?;
        Self::open(&format!("{}: `{name}`", self.call), &value, known)
    }
}

/// The longest text that is read, in UTF-16 code units, and the longest array: what is longer is no argument of any call, and would exhaust
/// the module's memory.
const MAX_TEXT: u32 = 1 << 20;
const MAX_ELEMENTS: u32 = 1 << 10;

/// Reads a string, and says what it must be if it is none.
///
/// Text with half of a surrogate pair is refused: as UTF-8 each half reads U+FFFD, so that texts which differ become one.
pub(crate) fn string(value: &JsValue) -> Result<Zeroizing<String>, &'static str> {
    let length = value.dyn_ref::<JsString>().ok_or("a string")?.length();
    if length > MAX_TEXT {
        return Err("a string of at most 1,048,576 code units");
    }
    let text = Zeroizing::new(value.as_string().ok_or("a string")?);
    match text.contains('\u{fffd}') && JsValue::from_str(&text) != *value {
        true => Err("well-formed text: it has half of a surrogate pair, as of a character that was cut apart"),
        false => Ok(text),
    }
}

/// The `length` of an array or of bytes.
fn length(value: &JsValue) -> Option<u32> {
    Reflect::get(value, &"length".into())
        .ok()?
        .as_f64()
        .map(|length| length as u32)
}

/// A whole number from 0 to 2³² − 1.
fn whole(value: &JsValue) -> Option<u32> {
    let number = value.as_f64()?;
    (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number)).then_some(number as u32)
}

/// Whether a value is a `Uint8Array`, of whatever realm.
fn is_byte_array(value: &JsValue) -> bool {
    let tag = Reflect::get(value, &Symbol::to_string_tag())
        .ok()
        .and_then(|tag| tag.as_string());
    ArrayBuffer::is_view(value) && tag.as_deref() == Some("Uint8Array")
}

/// Whether a value is a `Uint8Array` of that length, and so not detached.
fn is_bytes(value: &JsValue, expected: usize) -> bool {
    is_byte_array(value) && length(value).is_some_and(|length| length as usize == expected)
}

/// A property's name in a message; anything that doesn't look like one may be a user's data, and stays out.
fn presentable(name: &str) -> String {
    let is_word = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_word {
        format!("`{name}`")
    } else {
        "of that name".to_owned()
    }
}

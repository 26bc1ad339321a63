//! What Unicode's tables say of an identifier.

/// Unicode's tables: some 100 kB, which a page's engine has already.
pub trait Unicode {
    /// Text in the composed form, NFC (UAX #15).
    fn composed(&self, text: &str) -> Option<String>;

    /// A domain as the DNS knows it: its labels in ASCII (UTS #46, non-transitional). Nothing for what is no domain.
    fn ascii_domain(&self, domain: &str) -> Option<String>;
}

/// The tables of this crate.
pub(super) struct Own;

#[cfg(not(target_family = "wasm"))]
impl Unicode for Own {
    fn composed(&self, text: &str) -> Option<String> {
        let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
        Some(nfc.normalize(text).into_owned())
    }

    fn ascii_domain(&self, domain: &str) -> Option<String> {
        use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

        let tables = Uts46::new();
        let ascii = tables.to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Allow,
            DnsLength::Ignore,
        );
        ascii.ok().map(std::borrow::Cow::into_owned)
    }
}

/// None: whoever lets text in from JavaScript asks the engine.
#[cfg(target_family = "wasm")]
impl Unicode for Own {
    fn composed(&self, text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn ascii_domain(&self, domain: &str) -> Option<String> {
        domain.is_ascii().then(|| domain.to_ascii_lowercase())
    }
}

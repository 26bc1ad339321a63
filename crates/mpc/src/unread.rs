//! Encodings that are carried as they came: read where they are used, or compared and never read.

use borsh::{BorshDeserialize, BorshSerialize};

macro_rules! unread {
    ($($(#[$doc:meta])* $name:ident = $length:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
        pub(crate) struct $name(pub(crate) [u8; $length]);
    )*};
}

unread! {
    /// A point of either curve that is only compared: a point has one encoding.
    UnreadPoint = 33;
    /// A point of Ed25519, as RFC 8032 §5.1.2 writes it.
    UnreadEd25519Point = 32;
    /// A scalar of the scheme, in its byte order.
    UnreadScalar = 32;
}

//! What the fields of a message are, where their Rust type does not say it: borsh's schema of points, scalars and τ.
//!
//! | Name | Bytes | What | A value that is none |
//! |---|---|---|---|
//! | `Point` | 33 | a point of either curve | does not parse |
//! | `Secp256k1Point` | 33 | a point of secp256k1 | does not parse |
//! | `Scalar` | 32 | a scalar of secp256k1 | does not parse |
//! | `UnreadPoint` | 33 | a point that is only compared | is another point |
//! | `Ed25519Point` | 32 | a point of Ed25519, as RFC 8032 writes it | parses, and is refused when it is used |
//! | `SchemeScalar` | 32 | a scalar of the scheme, in its byte order | parses, and is refused when it is used |

use std::collections::BTreeMap;

use borsh::{
    BorshSchema,
    schema::{Declaration, Definition, Fields, add_definition},
};

use crate::{
    Point,
    export::Secret,
    multiply::{Masked, ROWS},
    secp256k1::{self, Scalar},
    unread::{UnreadEd25519Point, UnreadPoint, UnreadScalar},
};

/// Every type by its name.
pub(crate) type Definitions = BTreeMap<Declaration, Definition>;

/// A part of a struct: adds its type, and gives the name of that.
pub(crate) type Part = fn(&mut Definitions) -> Declaration;

/// Adds a type and what it is made of; gives its name.
pub(crate) fn part<T: BorshSchema>(definitions: &mut Definitions) -> Declaration {
    T::add_definitions_recursively(definitions);
    T::declaration()
}

/// Adds a struct with these fields.
pub(crate) fn add_struct<const N: usize>(name: Declaration, fields: [(&str, Part); N], definitions: &mut Definitions) {
    let fields = fields.map(|(field, part)| (field.into(), part(definitions)));
    let fields = Fields::NamedFields(fields.into());
    add_definition(name, Definition::Struct { fields }, definitions);
}

macro_rules! primitive {
    ($($type:ty = $name:literal, $length:literal;)+) => {$(
        impl BorshSchema for $type {
            fn declaration() -> Declaration {
                $name.into()
            }

            fn add_definitions_recursively(definitions: &mut Definitions) {
                add_definition(Self::declaration(), Definition::Primitive($length), definitions);
            }
        }
    )+};
}

primitive! {
    Point = "Point", 33;
    secp256k1::Point = "Secp256k1Point", 33;
    Scalar = "Scalar", 32;
    UnreadPoint = "UnreadPoint", 33;
    UnreadEd25519Point = "Ed25519Point", 32;
    UnreadScalar = "SchemeScalar", 32;
    Secret = "SchemeScalar", 32;
}

/// As its rows: the derived declaration would be the same for each number of columns.
impl<const N: usize> BorshSchema for Masked<N> {
    fn declaration() -> Declaration {
        <[[Scalar; N]; ROWS]>::declaration()
    }

    fn add_definitions_recursively(definitions: &mut Definitions) {
        <[[Scalar; N]; ROWS]>::add_definitions_recursively(definitions);
    }
}

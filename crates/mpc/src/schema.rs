//! What the fields of a message are, where their Rust type does not say it: borsh's schema of points, scalars and τ.

use std::collections::BTreeMap;

use borsh::{
    BorshSchema,
    schema::{Declaration, Definition, Fields, add_definition},
};

use crate::{
    Point,
    multiply::{Masked, ROWS},
    secp256k1::Scalar,
};

type Definitions = BTreeMap<Declaration, Definition>;

/// Adds a type and what it is made of; gives its name.
pub(crate) fn part<T: BorshSchema>(definitions: &mut Definitions) -> Declaration {
    T::add_definitions_recursively(definitions);
    T::declaration()
}

/// Adds a struct with these fields.
pub(crate) fn add_struct<const N: usize>(
    name: Declaration,
    fields: [(&str, fn(&mut Definitions) -> Declaration); N],
    definitions: &mut Definitions,
) {
    let fields = fields.map(|(field, part)| (field.into(), part(definitions)));
    let fields = Fields::NamedFields(fields.into());
    add_definition(name, Definition::Struct { fields }, definitions);
}

impl BorshSchema for Point {
    fn declaration() -> Declaration {
        "Point".into()
    }

    fn add_definitions_recursively(definitions: &mut Definitions) {
        add_definition(Self::declaration(), Definition::Primitive(33), definitions);
    }
}

impl BorshSchema for Scalar {
    fn declaration() -> Declaration {
        "Scalar".into()
    }

    fn add_definitions_recursively(definitions: &mut Definitions) {
        add_definition(Self::declaration(), Definition::Primitive(32), definitions);
    }
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
